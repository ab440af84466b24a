"""The DINO loss, by which the student predicts the teacher's output on other crops."""

import torch
from speechbrain.utils.autocast import fwd_default_precision

from sb_contrastive.distributed import mean_over_ranks
from sb_contrastive.ranges import Positive, Several, Share


class DINOLoss(torch.nn.Module):
    """Cross-entropy between teacher and student over all pairs of different
    crops, with a centre that keeps the teacher from collapsing (Caron et al.
    2021, https://arxiv.org/abs/2104.14294, Eqs. 1-4; for utterances, Cho et
    al. 2022, https://arxiv.org/abs/2208.05445).

    P_t(g) = softmax((t_g - c) / tau_t), P_s(v) = softmax(s_v / tau_s), and the
    loss is the mean over pairs (g, v), v != g, of - sum_k P_t(g)_k log P_s(v)_k.

    Arguments
    ---------
    num_prototypes : int
        K, the number of outputs.
    student_temperature : float
        tau_s.
    teacher_temperature : float
        tau_t, which a call may replace; the lower it is, the sharper are the
        targets and the less likely is a collapse to the uniform distribution.
    center_momentum : float
        Share of the old centre c that stays at each update.

    Example
    -------
    >>> loss = DINOLoss(num_prototypes=8)
    >>> flat = torch.zeros(6, 4, 8)  # 6 crops of 4 utterances, all alike
    >>> loss(flat, flat[:2])  # log 8
    tensor(2.0794)
    """

    def __init__(
        self,
        num_prototypes: Several,
        student_temperature: Positive = 0.1,
        teacher_temperature: Positive = 0.04,
        center_momentum: Share = 0.9,
    ):
        super().__init__()
        self.student_temperature = student_temperature
        self.teacher_temperature = teacher_temperature
        self.center_momentum = center_momentum
        self.register_buffer("center", torch.zeros(num_prototypes))

    def targets(self, teacher_logits, teacher_temperature=None):
        """Return the teacher's distribution over prototypes.

        Arguments
        ---------
        teacher_logits : torch.Tensor
            Raw outputs [..., K].
        teacher_temperature : float, optional
            Replaces the constructor's tau_t.

        Returns
        -------
        torch.Tensor
            Probabilities [..., K], without gradient; float64 if the logits
            are, float32 otherwise.
        """
        temperature = teacher_temperature or self.teacher_temperature
        centred = _wide(teacher_logits.detach()) - self.center
        return (centred / temperature).softmax(dim=-1)

    @fwd_default_precision(cast_inputs=torch.float32)
    def forward(self, student_logits, teacher_logits, teacher_temperature=None):
        """Compute the loss of one batch; in training mode the centre moves afterwards.

        Arguments
        ---------
        student_logits : torch.Tensor
            Raw outputs [V, B, K] for all crops, the G long ones first.
        teacher_logits : torch.Tensor
            Raw outputs [G, B, K] for the long crops.
        teacher_temperature : float, optional
            tau_t of this step, where it follows a schedule.

        Returns
        -------
        torch.Tensor
            Scalar, in nats.
        """
        # The decorator casts inside autocast only
        student_logits = _wide(student_logits)
        teacher_logits = _wide(teacher_logits)
        V, G = len(student_logits), len(teacher_logits)
        if V < 2 or G < 1 or V < G:
            raise ValueError(
                f"DINO needs at least two crops, the teacher's first: got {V} "
                f"for the student and {G} for the teacher"
            )
        targets = self.targets(teacher_logits, teacher_temperature)  # [G, B, K]
        log_p = (student_logits / self.student_temperature).log_softmax(dim=-1)
        # The sum over pairs g != v is that over all pairs, which factorises, minus
        # that over pairs g = v: the cost grows with G + V instead of G x V
        every = targets.sum(dim=0) * log_p.sum(dim=0)  # [B, K]
        same = (targets * log_p[:G]).sum(dim=0)  # [B, K]
        loss = -(every - same).sum(dim=-1).mean() / (G * (V - 1))
        if self.training:
            self._update_center(teacher_logits)
        return loss

    @torch.no_grad()
    def _update_center(self, teacher_logits):
        mean = mean_over_ranks(
            teacher_logits.mean(dim=(0, 1))
        )  # [G, B, K] -> [K]
        self.center.lerp_(mean.to(self.center), 1.0 - self.center_momentum)


def _wide(logits):
    """Return logits in float32, or in float64 where they are."""
    return logits if logits.dtype == torch.float64 else logits.float()
