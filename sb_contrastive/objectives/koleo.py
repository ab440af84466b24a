"""KoLeo as an objective beside another: the embeddings of a batch keep away from each other."""

from sb_contrastive.losses.non_contrastive.koleo import KoLeoLoss
from sb_contrastive.objectives.objective import Objective


class KoLeo(Objective):
    """`KoLeoLoss` of the student's embeddings, averaged over the crops of one
    set (Sablayrolles et al. 2019, https://arxiv.org/abs/1806.03198; beside DINO
    in Oquab et al. 2023, https://arxiv.org/abs/2304.07193, with weight 0.1). It
    has no part in validation.

    Arguments
    ---------
    loss : KoLeoLoss, optional
        The loss of one crop of each utterance.
    view : str
        Name of the crops.

    Example
    -------
    >>> KoLeo(view="long").views
    ('long',)
    """

    needs_whole_batch = "KoLeo looks for neighbours within a whole batch"
    validated = False

    def __init__(self, loss=None, view="long"):
        super().__init__()
        self.criterion = loss or KoLeoLoss()
        self.views = (view,)

    def outputs(self, embeddings, heads):
        """Return the student's embeddings [V, B, D]."""
        return embeddings.student[self.views[0]]

    def loss(self, outputs, moment):
        """Compute the mean over crops."""
        return sum(self.criterion(crop) for crop in outputs) / len(outputs)
