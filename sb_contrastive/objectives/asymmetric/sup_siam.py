"""SupSiam as an objective: a predictor tells the other crop, and the mean of its class."""

from sb_contrastive.losses.contrastive.one_positive import unit_vectors
from sb_contrastive.losses.non_contrastive.sup_siam import SupSiamLoss
from sb_contrastive.objectives.asymmetric.simsiam import SimSiam
from sb_contrastive.queue import recording_ids


class SupSiam(SimSiam):
    """SimSiam towards the mean of a class in a queue (Oh & Lee 2024,
    https://arxiv.org/abs/2406.10815).

    Batches with classes (`targets` of stage `pretrain`, maybe those of
    pseudo-labels) give the labels. Without any, each utterance is a class of its
    own: the mean is that of its crops in earlier epochs, as far as the queue
    goes back.

    Arguments
    ---------
    projector, predictor : torch.nn.Module
        As for `SimSiam`.
    queue : KeyQueue
        Of projections and their classes; saved with the checkpoint.
    loss : SupSiamLoss, optional
        Compares them.
    view : str
        Name of the two crops.

    Example
    -------
    >>> import torch
    >>> from sb_contrastive.queue import KeyQueue
    >>> linear = torch.nn.Linear(4, 4)
    >>> SupSiam(linear, linear, KeyQueue(64, 4)).queue.count
    0
    """

    def __init__(self, projector, predictor, queue, loss=None, view="pair"):
        super().__init__(projector, predictor, loss or SupSiamLoss(), view)
        self.queue = queue

    def loss(self, outputs, moment):
        """Add up both directions, towards the view and towards the class."""
        predictions, targets = outputs
        return self.criterion(
            *predictions,
            *targets,
            labels_of(moment, targets.device),
            self.queue.filled,
            self.queue.filled_ids,
        )

    def moved_by_forward(self):
        """Return nothing: a forward pass leaves the queue as it is."""
        return []

    def after_batch(self, outputs, moment):
        """Fill the queue with the projections of the first view."""
        z = unit_vectors(outputs[1][0].detach())
        self.queue.enqueue(z, labels_of(moment, z.device))


def labels_of(moment, device):
    """Return the classes of a batch [B]; each utterance is one where there are none."""
    if moment.targets is not None:
        return moment.targets.to(device)
    return recording_ids(moment.utterances).to(device)
