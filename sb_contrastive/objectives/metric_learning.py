"""A contrastive and a non-contrastive loss as one objective: apart between classes, compact within."""

import torch

from sb_contrastive.distributed import rank
from sb_contrastive.objectives.monitors.pairs import PairMonitor
from sb_contrastive.objectives.objective import Objective


class MetricLearning(Objective):
    """`CombinedLoss` of the embedding r and of the projector's z = g(r) (Lux et
    al. 2022, https://arxiv.org/abs/2211.01964; Lepage & Dehak 2022,
    https://arxiv.org/abs/2207.05506).

    Items of one class are alike; where a batch has no targets, the crops of one
    utterance are.

    Arguments
    ---------
    loss : CombinedLoss
        The losses, and how they mix.
    triplets : callable
        (IDs of the crops, epoch) -> triplets: `ClassTriplets` or
        `ViewTriplets`, see `sb_contrastive.data.sampling.triplets`.
    projector : torch.nn.Module
        r [N, D] -> z [N, P].
    view : str
        Name of the crops.

    Example
    -------
    >>> from sb_contrastive.data.sampling import ViewTriplets
    >>> from sb_contrastive.losses import CombinedLoss, SupConLoss, VICRegLoss
    >>> loss = CombinedLoss(SupConLoss(), VICRegLoss(), alpha=0.1)
    >>> objective = MetricLearning(loss, ViewTriplets(1), torch.nn.Linear(8, 4))
    >>> objective.parts
    ('contrastive', 'non_contrastive')
    """

    needs_whole_batch = "the losses of a space compare the utterances of a batch with each other"
    validated = False  # those batches are not made of P classes by Q
    parts = ("contrastive", "non_contrastive")

    def __init__(self, loss, triplets, projector, view="crop"):
        super().__init__(projector=projector)
        self.criterion = loss
        self.triplets = triplets
        self.views = (view,)
        self.monitor = PairMonitor()

    def outputs(self, embeddings, heads):
        """Return embeddings r [N, D] and z [N, P] of N = V * B crops, view after view."""
        r = embeddings.student[self.views[0]].flatten(0, 1)
        return r, heads["projector"](r)

    def loss(self, outputs, moment):
        """Compute the mixed loss and, for the log, both losses unmixed."""
        r, z = outputs
        views = len(r) // len(moment.utterances)
        triplets = torch.tensor(
            self.triplets(list(moment.utterances) * views, moment.epoch),
            device=r.device,
        )
        terms = self.criterion.terms(
            r, z, self._labels(moment, views, r.device), triplets
        )
        both_on_z = set(self.criterion.placement.values()) == {"z"}
        loss = self.criterion.mix(
            *terms, z if both_on_z else r, moment.progress, moment.step
        )
        return loss, dict(zip(self.parts, terms))

    def _labels(self, moment, views, device):
        """Number the crops [V * B] by class, or by utterance."""
        if moment.targets is not None:
            return moment.targets.to(device).repeat(views)
        B = len(moment.utterances)
        return (torch.arange(B, device=device) + rank() * B).repeat(views)

    def forget(self):
        """Forget the pairs of the last validation part."""
        self.monitor.clear()

    def watch(self, outputs, moment):
        """Keep the pairs that the projector makes of a validation batch."""
        self.monitor.add(outputs[1].unflatten(0, (2, -1)))

    def figures(self, loss, progress):
        """Return how well the pairs agree."""
        return self.monitor.figures()
