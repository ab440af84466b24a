"""SimCLR as an objective: two crops of an utterance find each other within the batch."""

from sb_contrastive.objectives.pairs import PairObjective
from sb_contrastive.schedules import Constant


class NTXent(PairObjective):
    """NT-Xent between the two crops of each utterance (Chen et al. 2020,
    https://arxiv.org/abs/2002.05709), with a margin that may follow a schedule
    (Lepage & Dehak 2024, https://arxiv.org/abs/2404.14913).

    Arguments
    ---------
    loss : NTXentLoss
        Compares the two sides.
    margin : callable, optional
        Progress -> m; the loss's own m when absent.
    projector : torch.nn.Module, optional
        [N, D] -> [N, P]: the loss acts on what it makes of the embeddings.
    view : str
        Name of the two crops.

    Example
    -------
    >>> from sb_contrastive.losses import NTXentLoss
    >>> NTXent(NTXentLoss(margin=0.1)).margin(0.5)
    0.1
    """

    needs_whole_batch = (
        "a contrastive loss compares every utterance of a batch with all others"
    )

    def __init__(self, loss, margin=None, projector=None, view="pair"):
        super().__init__(loss, projector, view)
        self.margin = margin or Constant(loss.margin)

    def loss(self, outputs, moment):
        """Compute the loss at the margin of this step."""
        return self.criterion(*outputs, margin=self.margin(moment.progress))

    def figures(self, loss, progress):
        """Return the margin, and how well the pairs agree."""
        return {
            "margin": self.margin(progress),
            **super().figures(loss, progress),
        }
