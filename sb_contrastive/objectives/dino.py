"""DINO as an objective: the student matches the teacher across crops of one utterance."""

import torch

from sb_contrastive.distributed import unwrap
from sb_contrastive.objectives.monitors.teacher import TeacherMonitor
from sb_contrastive.objectives.objective import Objective
from sb_contrastive.ranges import Positive, Share


class DINO(Objective):
    """Cross-entropy between teacher and student prototypes (Caron et al. 2021,
    https://arxiv.org/abs/2104.14294; for utterances, Cho et al. 2022,
    https://arxiv.org/abs/2208.05445). The student sees all crops, the teacher
    the long ones.

    Arguments
    ---------
    head : DINOHead
        Embeddings [N, D] -> cosines to the prototypes [N, K].
    loss : DINOLoss
        Its centre is saved with the checkpoint.
    teacher_momentum : callable
        Progress -> m of encoder and head.
    teacher_temperature : callable
        Progress -> tau_t.
    freeze_prototypes : float
        Share of training during which the prototypes stay as they were drawn.
    views : list of str
        Names of the long and of the short crops, the teacher's first.

    Example
    -------
    >>> from sb_contrastive.encoders import DINOHead
    >>> from sb_contrastive.losses import DINOLoss
    >>> from sb_contrastive.schedules import Constant
    >>> dino = DINO(
    ...     DINOHead(8, 16), DINOLoss(16), Constant(0.996), Constant(0.04)
    ... )
    >>> dino.views, dino.teacher_views, dino.prototypes
    (('long', 'short'), ('long',), 16)
    """

    followed = ("head",)
    needs_whole_batch = "the centre of DINO moves with each batch"

    def __init__(
        self,
        head,
        loss,
        teacher_momentum: Share,
        teacher_temperature: Positive,
        freeze_prototypes: Share = 0.0,
        views=("long", "short"),
    ):
        super().__init__(head=head)
        self.criterion = loss
        self.momentum = teacher_momentum
        self.teacher_temperature = teacher_temperature
        self.freeze_prototypes = freeze_prototypes
        self.views = tuple(views)
        self.teacher_views = self.views[:1]
        self.monitor = TeacherMonitor()

    @property
    def prototypes(self):
        """Return K, the size of the centre."""
        return self.criterion.center.shape[-1]

    def outputs(self, embeddings, heads):
        """Return logits of the student [V, B, K] and of the teacher [G, B, K].

        All of the student's embeddings go through the head together.
        """
        crops = [embeddings.student[name] for name in self.views]
        B = crops[0].shape[1]
        student = heads["head"](torch.cat([x.flatten(0, 1) for x in crops]))
        long = embeddings.teacher[self.views[0]]
        teacher = heads["teacher_head"](long.flatten(0, 1))
        return student.unflatten(0, (-1, B)), teacher.unflatten(0, (-1, B))

    def loss(self, outputs, moment):
        """Compute the cross-entropy at the temperature of this step."""
        return self.criterion(
            *outputs, self.teacher_temperature(moment.progress)
        )

    def before_optimizer(self, heads, progress):
        """Take the gradient from the prototypes while they are frozen: with a
        zero one, weight decay and Adam's moments would still move them."""
        if progress < self.freeze_prototypes:
            unwrap(heads["head"]).prototypes.grad = None

    def forget(self):
        """Forget what the teacher made of the last validation part."""
        self.monitor.clear()

    def watch(self, outputs, moment):
        """Keep the teacher's distributions over the prototypes."""
        temperature = self.teacher_temperature(moment.progress)
        self.monitor.add(self.criterion.targets(outputs[1], temperature))

    def figures(self, loss, progress):
        """Return entropy and use of the teacher's prototypes."""
        return self.monitor.figures(loss)
