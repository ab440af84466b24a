"""SimSiam as an objective: a predictor tells the projection of the other crop."""

import torch

from sb_contrastive.evaluation.embeddings.monitors import embedding_std
from sb_contrastive.losses.non_contrastive.simsiam import SimSiamLoss
from sb_contrastive.objectives.pairs import PairObjective


class SimSiam(PairObjective):
    """Simple Siamese networks (Chen & He 2021,
    https://arxiv.org/abs/2011.10566): predictions of one crop against the
    projection of the other by the same network, which gets no gradient from it.

    There is no teacher, and nothing but the predictor keeps all projections
    from becoming one vector. `projection_std` in the log is near 1 where they
    are spread, and 0 where they are one.

    Arguments
    ---------
    projector : torch.nn.Module
        [N, D] -> [N, P]; in the paper it ends with batch normalisation without
        an affine map.
    predictor : torch.nn.Module
        [N, P] -> [N, P], with a narrow hidden layer.
    loss : SimSiamLoss, optional
        Compares predictions and projections.
    view : str
        Name of the two crops.

    Example
    -------
    >>> simsiam = SimSiam(torch.nn.Linear(8, 4), torch.nn.Linear(4, 4))
    >>> simsiam.momentum is None, list(simsiam.heads)
    (True, ['projector', 'predictor'])
    """

    needs_whole_batch = "the predictor of SimSiam normalises over a whole batch"

    def __init__(self, projector, predictor, loss=None, view="pair"):
        super().__init__(loss or SimSiamLoss(), projector, view)
        self.heads["predictor"] = predictor

    def outputs(self, embeddings, heads):
        """Return predictions and projections [2, B, P]."""
        z = super().outputs(embeddings, heads)
        p = heads["predictor"](z.flatten(0, 1)).unflatten(0, (2, -1))
        return p, z

    def loss(self, outputs, moment):
        """Add up both directions."""
        predictions, projections = outputs
        return self.criterion(*predictions, *projections)

    def watch(self, outputs, moment):
        """Keep the projections of a validation batch."""
        self.monitor.add(outputs[1])

    def figures(self, loss, progress):
        """Return how well the pairs agree, and how spread the projections are."""
        z = torch.cat(self.monitor.pairs, dim=1)  # [2, N, P]
        return {
            **super().figures(loss, progress),
            "projection_std": embedding_std(z[0]),
        }
