"""ReSSL as an objective: a crop with noise is as near to earlier embeddings as the clean one of the teacher."""

from sb_contrastive.losses.non_contrastive.ressl import ReSSLLoss
from sb_contrastive.objectives.objective import clean
from sb_contrastive.objectives.pairs import PairObjective
from sb_contrastive.ranges import Share
from sb_contrastive.schedules import as_schedule


class ReSSL(PairObjective):
    """Relational self-supervised learning (Zheng et al. 2021,
    https://arxiv.org/abs/2107.09282). The teacher hears both crops without
    augmentation, the student with it; each direction compares one crop of the
    student with the other of the teacher, and the loss is the mean of both.

    The queue takes in the teacher's first crop after the optimiser step. As long
    as it is empty the loss is 0.

    Arguments
    ---------
    projector : torch.nn.Module
        [N, D] -> [N, P]; it is followed by the teacher.
    queue : KeyQueue
        Earlier projections by the teacher; saved with the checkpoint.
    momentum : float or callable
        Progress -> m.
    loss : ReSSLLoss, optional
        The loss of one direction.
    view : str
        Name of the two crops.

    Example
    -------
    >>> import torch
    >>> from sb_contrastive.queue import KeyQueue
    >>> from sb_contrastive.schedules import Constant
    >>> ressl = ReSSL(torch.nn.Linear(8, 4), KeyQueue(64, 4), Constant(0.999))
    >>> ressl.views, ressl.teacher_views
    (('pair',), ('clean pair',))
    """

    followed = ("projector",)
    needs_whole_batch = "the queue of ReSSL takes in each batch"

    def __init__(
        self, projector, queue, momentum: Share, loss=None, view="pair"
    ):
        super().__init__(loss or ReSSLLoss(), projector, view)
        self.queue = queue
        self.momentum = as_schedule(momentum)
        self.teacher_views = (clean(view),)

    def outputs(self, embeddings, heads):
        """Return projections of student and teacher [2, B, P]."""
        student = super().outputs(embeddings, heads)
        crops = embeddings.teacher[self.teacher_views[0]][:2]
        teacher = heads["teacher_projector"](crops.flatten(0, 1))
        return student, teacher.unflatten(0, (2, -1))

    def loss(self, outputs, moment):
        """Compute the mean of both directions."""
        student, teacher = outputs
        earlier = self.queue.filled
        directions = [
            self.criterion(student[0], teacher[1], earlier),
            self.criterion(student[1], teacher[0], earlier),
        ]
        return sum(directions) / 2

    def moved_by_forward(self):
        """Return nothing: a forward pass leaves the queue as it is."""
        return []

    def after_batch(self, outputs, moment):
        """Fill the queue."""
        self.queue.enqueue(outputs[1][0])

    def watch(self, outputs, moment):
        """Keep the student's projections of a validation batch."""
        self.monitor.add(outputs[0])
