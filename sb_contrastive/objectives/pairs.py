"""Losses of pairs as an objective: VICReg, Barlow Twins."""

from sb_contrastive.objectives.monitors.pairs import PairMonitor
from sb_contrastive.objectives.objective import Objective


class PairObjective(Objective):
    """Any loss of the two crops of each utterance, such as `VICRegLoss`
    (Bardes et al. 2022, https://arxiv.org/abs/2105.04906) or `BarlowTwinsLoss`
    (Zbontar et al. 2021, https://arxiv.org/abs/2103.03230).

    Arguments
    ---------
    loss : torch.nn.Module
        (one side [B, P], the other [B, P]) -> scalar.
    projector : torch.nn.Module, optional
        [N, D] -> [N, P]: the loss acts on what it makes of the embeddings.
    view : str
        Name of the two crops; of more than two, the first two count.

    Example
    -------
    >>> from sb_contrastive.losses import VICRegLoss
    >>> PairObjective(VICRegLoss(), view="long").views
    ('long',)
    """

    needs_whole_batch = (
        "losses of pairs look at the statistics of a whole batch"
    )

    crops_compared = least_crops = 2
    has_positive = True

    def __init__(self, loss, projector=None, view="pair"):
        super().__init__(projector=projector)
        self.criterion = loss
        self.views = (view,)
        self.monitor = PairMonitor()

    def outputs(self, embeddings, heads):
        """Return what the loss compares, mostly two crops [2, B, P]."""
        crops = embeddings.student[self.views[0]][: self.crops_compared]
        if "projector" in heads:
            rows = heads["projector"](crops.flatten(0, 1))  # [2 * B, P]
            crops = rows.unflatten(0, (len(crops), -1))
        return crops

    def loss(self, outputs, moment):
        """Compute the loss of the batch."""
        return self.criterion(*outputs)

    def forget(self):
        """Forget the pairs of the last validation part."""
        self.monitor.clear()

    def watch(self, outputs, moment):
        """Keep the pairs of a validation batch."""
        self.monitor.add(outputs)

    def figures(self, loss, progress):
        """Return how well the pairs agree."""
        return self.monitor.figures()
