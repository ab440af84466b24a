"""BYOL as an objective: a predictor tells the teacher's projection of the other crop."""

from sb_contrastive.losses.non_contrastive.byol import BYOLLoss
from sb_contrastive.objectives.pairs import PairObjective
from sb_contrastive.ranges import Share
from sb_contrastive.schedules import as_schedule


class BYOL(PairObjective):
    """Bootstrap your own latent (Grill et al. 2020,
    https://arxiv.org/abs/2006.07733): predictions of one crop against the
    projection of the other by the moving average of encoder and projector.

    Arguments
    ---------
    projector : torch.nn.Module
        [N, D] -> [N, P]; it is followed by the teacher.
    predictor : torch.nn.Module
        [N, P] -> [N, P], of the student alone, best with batch normalisation.
    momentum : float or callable
        Progress -> m.
    loss : BYOLLoss, optional
        Compares predictions and projections.
    view : str
        Name of the two crops.

    Example
    -------
    >>> import torch
    >>> from sb_contrastive.schedules import Cosine
    >>> byol = BYOL(torch.nn.Linear(8, 4), torch.nn.Linear(4, 4), Cosine(0.99, 1.0))
    >>> byol.followed, list(byol.heads)
    (('projector',), ['projector', 'predictor'])
    """

    followed = ("projector",)
    needs_whole_batch = "the predictor of BYOL normalises over a whole batch"

    def __init__(
        self, projector, predictor, momentum: Share, loss=None, view="pair"
    ):
        super().__init__(loss or BYOLLoss(), projector, view)
        self.heads["predictor"] = predictor
        self.momentum = as_schedule(momentum)
        self.teacher_views = self.views

    def outputs(self, embeddings, heads):
        """Return predictions and the teacher's projections [2, B, P]."""
        student = super().outputs(embeddings, heads).flatten(0, 1)
        teacher = embeddings.teacher[self.views[0]][:2].flatten(0, 1)
        rows = heads["predictor"](student), heads["teacher_projector"](teacher)
        return tuple(x.unflatten(0, (2, -1)) for x in rows)

    def loss(self, outputs, moment):
        """Add up both directions."""
        predictions, targets = outputs
        return self.criterion(*predictions, *targets)

    def watch(self, outputs, moment):
        """Keep the predictions of a validation batch."""
        self.monitor.add(outputs[0])
