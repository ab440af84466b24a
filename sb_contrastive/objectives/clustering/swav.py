"""SwAV as an objective: each crop predicts to which prototypes the others have been given."""

import copy

import torch

from sb_contrastive.distributed import unwrap
from sb_contrastive.losses.clustering.swav import SwAVLoss
from sb_contrastive.objectives.monitors.teacher import TeacherMonitor
from sb_contrastive.objectives.objective import Objective
from sb_contrastive.ranges import Share

LONG = 2  # crops of which codes are made


class SwAV(Objective):
    """Swapped prediction of codes (Caron et al. 2020,
    https://arxiv.org/abs/2006.09882).

    Arguments
    ---------
    projector : torch.nn.Module
        Embeddings [N, D] -> [N, P].
    prototypes : Prototypes
        [N, P] -> cosines [N, K].
    loss : SwAVLoss, optional
        Makes codes and compares.
    queue : KeyQueue, optional
        Earlier projections of one long crop, copied for the other: they take part
        in the sharing out where batches are smaller than K.
    queue_from : float
        Share of training after which the queue takes part.
    freeze_prototypes : float
        Share of training during which the prototypes stay as they were drawn.
    views : list of str
        Names of the sets of crops, that of the two long ones first.

    Example
    -------
    >>> from sb_contrastive.encoders import Prototypes
    >>> swav = SwAV(torch.nn.Linear(8, 4), Prototypes(4, 16))
    >>> swav.views, list(swav.heads), swav.prototypes
    (('pair',), ['projector', 'prototypes'], 16)
    """

    has_positive = True
    needs_whole_batch = "SwAV shares a whole batch out among its prototypes"

    def __init__(
        self,
        projector,
        prototypes,
        loss=None,
        queue=None,
        queue_from: Share = 0.15,
        freeze_prototypes: Share = 0.0,
        views=("pair",),
    ):
        super().__init__(projector=projector, prototypes=prototypes)
        self.criterion = loss or SwAVLoss()
        rings = [] if queue is None else [queue, copy.deepcopy(queue)]
        self.queues = torch.nn.ModuleList(rings)
        self.queue_from = queue_from
        self.freeze_prototypes = freeze_prototypes
        self.views = tuple(views)
        self.prototypes = len(prototypes.weight)
        self.monitor = TeacherMonitor()

    def outputs(self, embeddings, heads):
        """Return cosines [V, B, K], projections of the long crops [2, B, P], and
        the cosines of what the queue holds [2, M, K] or None."""
        crops = torch.cat([embeddings.student[name] for name in self.views])
        z = heads["projector"](crops.flatten(0, 1))
        scores = heads["prototypes"](z).unflatten(0, crops.shape[:2])
        z = z.detach().unflatten(0, crops.shape[:2])[:LONG]
        queued = None
        if self.training and self.queues:
            with torch.no_grad():
                earlier = [q.filled for q in self.queues]
                queued = unwrap(heads["prototypes"])(torch.stack(earlier))
        return scores, z, queued

    def loss(self, outputs, moment):
        """Compute the loss; the queue takes part from `queue_from` on."""
        late = moment.progress >= self.queue_from
        return self.criterion(outputs[0], LONG, outputs[2] if late else None)

    def before_optimizer(self, heads, progress):
        """Take the gradient from the prototypes while they are frozen."""
        if progress < self.freeze_prototypes:
            unwrap(heads["prototypes"]).weight.grad = None

    def moved_by_forward(self):
        """Return nothing: a forward pass leaves the queue as it is."""
        return []

    def after_batch(self, outputs, moment):
        """Fill the queue."""
        for queue, view in zip(self.queues, outputs[1]):
            queue.enqueue(view)

    def forget(self):
        """Forget the codes of the last validation part."""
        self.monitor.clear()

    def watch(self, outputs, moment):
        """Keep the codes of a validation batch."""
        self.monitor.add(self.criterion.codes(outputs[0][:LONG]))

    def figures(self, loss, progress):
        """Return entropy and use of the prototypes by the codes."""
        return self.monitor.figures(loss)
