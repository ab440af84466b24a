"""DINO as an objective: the student matches the teacher across crops of one utterance."""

from typing import NamedTuple

import torch

from sb_contrastive.distributed import unwrap
from sb_contrastive.objectives.monitors.bottleneck import BottleneckMonitor
from sb_contrastive.objectives.monitors.teacher import TeacherMonitor
from sb_contrastive.objectives.objective import Objective
from sb_contrastive.ranges import Positive, Share
from sb_contrastive.schedules import as_schedule


class Outputs(NamedTuple):
    """Holds logits of `student` [V, B, K] and `teacher` [G, B, K], the student's
    `embeddings` of long crops [G, B, D], the last `hidden` layer of its head [V,
    B, H], and the `bottleneck` of both heads, [V, B, P] and [G, B, P]."""

    student: torch.Tensor
    teacher: torch.Tensor
    embeddings: torch.Tensor
    hidden: torch.Tensor
    bottleneck: torch.Tensor
    teacher_bottleneck: torch.Tensor


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
    teacher_momentum : float or callable
        Progress -> m of encoder and head.
    teacher_temperature : float or callable
        Progress -> tau_t.
    freeze_prototypes : float
        Share of training during which the prototypes stay as they were drawn.
    views : list of str
        Names of the long and of the short crops, the teacher's first.
    regularisers : dict of str to Regulariser, optional
        Terms of the student's outputs that are added in training, by a name for
        the log.

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
    has_positive = True
    needs_whole_batch = "the centre of DINO moves with each batch"

    def __init__(
        self,
        head,
        loss,
        teacher_momentum: Share,
        teacher_temperature: Positive,
        freeze_prototypes: Share = 0.0,
        views=("long", "short"),
        regularisers=None,
    ):
        super().__init__(head=head)
        self.criterion = loss
        self.momentum = as_schedule(teacher_momentum)
        self.teacher_temperature = as_schedule(teacher_temperature)
        self.freeze_prototypes = freeze_prototypes
        self.views = tuple(views)
        self.teacher_views = self.views[:1]
        self.monitor = TeacherMonitor()
        self.bottleneck = BottleneckMonitor()
        self.regularisers = torch.nn.ModuleDict(
            {n: r for n, r in (regularisers or {}).items() if r.weight != 0}
        )
        self.parts = tuple(self.regularisers)

    @property
    def prototypes(self):
        """Return K, the size of the centre."""
        return self.criterion.center.shape[-1]

    def outputs(self, embeddings, heads):
        """Return what student and teacher make of the crops, see `Outputs`.

        All of the student's embeddings go through the head together.
        """
        crops = [embeddings.student[name] for name in self.views]
        B = crops[0].shape[1]
        rows = torch.cat([x.flatten(0, 1) for x in crops])
        long = embeddings.teacher[self.views[0]].flatten(0, 1)
        student = heads["head"](rows, with_layers=True)
        targets, _, teacher_z = heads["teacher_head"](long, with_layers=True)
        logits, hidden, z, targets, teacher_z = (
            x.unflatten(0, (-1, B)) for x in (*student, targets, teacher_z)
        )
        return Outputs(logits, targets, crops[0], hidden, z, teacher_z)

    def loss(self, outputs, moment):
        """Compute the cross-entropy at the temperature of this step; in training
        with the regularisers, where there are any."""
        loss = self.criterion(
            outputs.student,
            outputs.teacher,
            self.teacher_temperature(moment.progress),
        )
        if not self.parts:
            return loss
        if not self.training:
            return loss, {}
        places = self._places(outputs)
        parts = {n: r(places) for n, r in self.regularisers.items()}
        for name, part in parts.items():
            weight = self.regularisers[name].weight_at(moment.progress)
            loss = loss + weight * part
        return loss, parts

    def _places(self, outputs):
        """Return the sets of rows that a regulariser may act on."""
        long = len(outputs.teacher)
        places = {
            "embedding": outputs.embeddings,
            "hidden": outputs.hidden[:long],
            "bottleneck": outputs.bottleneck[:long],
        }
        placed = [r.placement for r in self.regularisers.values()]
        if "prototypes" in placed:  # a large tensor with many prototypes
            logits = outputs.student.flatten(0, 1)
            temperature = self.criterion.student_temperature
            places["prototypes"] = (logits / temperature).softmax(dim=-1)[None]
        return places

    def before_optimizer(self, heads, progress):
        """Take the gradient from the prototypes while they are frozen: with a
        zero one, weight decay and Adam's moments would still move them."""
        if progress < self.freeze_prototypes:
            unwrap(heads["head"]).prototypes.grad = None

    def forget(self):
        """Forget what the teacher made of the last validation part."""
        self.monitor.clear()
        self.bottleneck.clear()

    def watch(self, outputs, moment):
        """Keep the teacher's distributions over the prototypes, and its bottleneck."""
        temperature = self.teacher_temperature(moment.progress)
        self.monitor.add(self.criterion.targets(outputs.teacher, temperature))
        self.bottleneck.add(outputs.teacher_bottleneck)

    def figures(self, loss, progress):
        """Return entropy and use of the teacher's prototypes, and rank and common
        part of its bottleneck."""
        return self.monitor.figures(loss) | self.bottleneck.figures()
