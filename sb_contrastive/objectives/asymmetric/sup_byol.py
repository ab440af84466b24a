"""SupBYOL as an objective: a predictor tells the teacher's projection, and the mean of its class."""

from sb_contrastive.losses.non_contrastive.sup_siam import SupSiamLoss
from sb_contrastive.objectives.asymmetric.byol import BYOL
from sb_contrastive.objectives.asymmetric.sup_siam import SupSiam
from sb_contrastive.ranges import Share


class SupBYOL(BYOL):
    """BYOL towards the mean of a class in a queue, see `SupSiam`.

    Arguments
    ---------
    projector, predictor : torch.nn.Module
        As for `BYOL`.
    momentum : callable
        Progress -> m.
    queue : KeyQueue
        Of projections by the teacher, and their classes; saved with the checkpoint.
    loss : SupSiamLoss, optional
        Compares them.
    view : str
        Name of the two crops.

    Example
    -------
    >>> import torch
    >>> from sb_contrastive.queue import KeyQueue
    >>> from sb_contrastive.schedules import Constant
    >>> linear, queue = torch.nn.Linear(4, 4), KeyQueue(64, 4)
    >>> SupBYOL(linear, linear, Constant(0.99), queue).followed
    ('projector',)
    """

    def __init__(
        self,
        projector,
        predictor,
        momentum: Share,
        queue,
        loss=None,
        view="pair",
    ):
        super().__init__(
            projector, predictor, momentum, loss or SupSiamLoss(), view
        )
        self.queue = queue

    loss = SupSiam.loss
    moved_by_forward = SupSiam.moved_by_forward
    after_batch = SupSiam.after_batch
