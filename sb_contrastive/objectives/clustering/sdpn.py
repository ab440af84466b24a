"""SDPN as an objective: short crops predict the prototypes of a long one, which are used evenly."""

import torch

from sb_contrastive.distributed import unwrap
from sb_contrastive.losses.clustering.sdpn import SDPNLoss
from sb_contrastive.objectives.monitors.teacher import TeacherMonitor
from sb_contrastive.objectives.objective import Objective, clean
from sb_contrastive.ranges import Share
from sb_contrastive.schedules import as_schedule


class SDPN(Objective):
    """Self-distillation prototypes network (Chen et al. 2024,
    https://arxiv.org/abs/2308.02774). The teacher hears one long crop, the
    student the short ones alone. The authors add `KoLeo` of the short crops
    with weight 0.1 for each of the four; `KoLeo` is the mean over crops.

    Arguments
    ---------
    projector : torch.nn.Module
        Embeddings [N, D] -> [N, P]; it is followed by the teacher.
    prototypes : Prototypes
        [N, P] -> cosines [N, K]; both sides are compared with the same.
    momentum : float or callable
        Progress -> m of encoder and projector.
    loss : SDPNLoss, optional
        Compares them.
    views : list of str
        Names of the long and of the short crops.
    clean_teacher : bool
        Whether the teacher hears the long crop without augmentation, as with
        the authors.

    Example
    -------
    >>> from sb_contrastive.encoders import Prototypes
    >>> from sb_contrastive.schedules import Constant
    >>> sdpn = SDPN(torch.nn.Linear(8, 4), Prototypes(4, 16), Constant(0.99))
    >>> sdpn.views, sdpn.student_views, sdpn.teacher_views
    (('long', 'short'), ('short',), ('long',))
    """

    followed = ("projector",)
    has_positive = True
    needs_whole_batch = "SDPN shares a whole batch out among its prototypes"
    parts = ("cross_entropy", "uneven_use")

    def __init__(
        self,
        projector,
        prototypes,
        momentum: Share,
        loss=None,
        views=("long", "short"),
        clean_teacher=False,
    ):
        super().__init__(projector=projector, prototypes=prototypes)
        self.criterion = loss or SDPNLoss()
        self.momentum = as_schedule(momentum)
        self.views = tuple(views)
        long, *short = self.views
        self.teacher_views = (clean(long) if clean_teacher else long,)
        self.student_views = tuple(short)
        self.prototypes = len(prototypes.weight)
        self.monitor = TeacherMonitor()

    def outputs(self, embeddings, heads):
        """Return cosines of the student [V, B, K] and of the teacher [B, K]."""
        (short,) = self.student_views
        crops = embeddings.student[short]
        z = heads["projector"](crops.flatten(0, 1))
        student = heads["prototypes"](z).unflatten(0, crops.shape[:2])
        with torch.no_grad():
            long = embeddings.teacher[self.teacher_views[0]][0]
            teacher = heads["teacher_projector"](long)
            teacher = unwrap(heads["prototypes"])(teacher)
        return student, teacher

    def loss(self, outputs, moment):
        """Compute the loss and, for the log, its two terms."""
        terms = self.criterion.terms(*outputs)
        loss = terms[0] + self.criterion.even_weight * terms[1]
        return loss, dict(zip(self.parts, terms))

    def forget(self):
        """Forget what the teacher made of the last validation part."""
        self.monitor.clear()

    def watch(self, outputs, moment):
        """Keep the teacher's distributions over the prototypes."""
        self.monitor.add(self.criterion.targets(outputs[1])[None])

    def figures(self, loss, progress):
        """Return entropy and use of the teacher's prototypes."""
        return self.monitor.figures(loss)
