"""Self-distillation on prototypes, as DINO does it, frame by frame."""

import torch

from sb_contrastive.adapter.masked_mean import masked_mean
from sb_contrastive.distributed import mean_over_ranks
from sb_contrastive.losses.non_contrastive.dino import DINOLoss


class PrototypeDistillationLoss(DINOLoss):
    """L_sd, level "dino": cross-entropy between the prototypes of teacher
    (centred and sharpened) and student, frame by frame, as iBOT does for patches
    (Zhou et al. 2022, https://arxiv.org/abs/2111.07832, Eq. 2).

    The teacher's head follows the student's. In training mode the centre moves
    after the loss.

    Arguments
    ---------
    *args, **kwargs
        As for `DINOLoss`.

    Example
    -------
    >>> loss = PrototypeDistillationLoss(num_prototypes=8)
    >>> flat, everywhere = torch.zeros(2, 5, 8), torch.ones(2, 5).bool()
    >>> loss(flat, flat, everywhere)  # log 8
    tensor(2.0794)
    """

    def forward(self, student, teacher, where):
        """Compute the loss of one batch.

        Arguments
        ---------
        student : torch.Tensor
            Logits of the student's head [B, T, K].
        teacher : torch.Tensor
            Logits of the teacher's head [B, T, K].
        where : torch.Tensor
            Booleans [B, T]: the valid frames that are not masked.

        Returns
        -------
        torch.Tensor
            Scalar, in nats.
        """
        with torch.autocast(student.device.type, enabled=False):
            targets = self.targets(teacher)  # [B, T, K]
            log_p = (student.float() / self.student_temperature).log_softmax(-1)
            loss = masked_mean(-(targets * log_p).sum(dim=-1), where)
        if self.training:
            self._move_center(teacher.detach().float(), where)
        return loss

    @torch.no_grad()
    def _move_center(self, logits, where):
        chosen = torch.where(where[..., None], logits, 0.0)
        # Ranks have different numbers of frames, so sums and counts are averaged
        # on their own
        total = mean_over_ranks(chosen.sum(dim=(0, 1)))  # [K]
        count = mean_over_ranks(where.sum().float())
        rate = torch.where(count > 0, 1.0 - self.center_momentum, 0.0)
        self.center.lerp_(total / count.clamp(min=1e-6), rate)
