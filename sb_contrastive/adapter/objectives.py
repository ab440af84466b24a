"""The three objectives of the adapter: mask prediction, self-distillation, local attributes.

Song et al. 2025 (https://arxiv.org/abs/2509.23795) name them; what each
regresses to is a choice, and the choices are arguments. All compute in float32,
take a mean over chosen frames and give 0, with a gradient of 0, where a batch
has none. Teacher tensors get no gradient.
"""

import torch
from torch.nn import functional as F

from sb_contrastive.adapter.masked_mean import masked_mean, mean_frame
from sb_contrastive.distributed import mean_over_ranks
from sb_contrastive.losses.non_contrastive.dino import DINOLoss
from sb_contrastive.suggestions import did_you_mean

LABELS = ("hard", "soft", "bce")


def mask_prediction_loss(predictions, targets, masked):
    """L_mp: mean over masked frames of |f_r(z_t) - r_t|^2 / D.

    Arguments
    ---------
    predictions : torch.Tensor
        f_r of the student's frames [B, T, D].
    targets : torch.Tensor
        r [B, T, D]: normalised frames of the teacher or of the encoder.
    masked : torch.Tensor
        Booleans [B, T].

    Returns
    -------
    torch.Tensor
        Scalar.

    Example
    -------
    >>> masked = torch.tensor([[True, False]])
    >>> mask_prediction_loss(torch.zeros(1, 2, 4), torch.ones(1, 2, 4), masked)
    tensor(1.)
    """
    with torch.autocast(predictions.device.type, enabled=False):
        error = predictions.float() - targets.detach().float()
        return masked_mean(error.square().mean(dim=-1), masked)


def frame_distillation_loss(student, teacher, where):
    """L_sd, level "frame": mean over frames of 1 - cos(f_d(z_t), teacher z_t).

    Arguments
    ---------
    student : torch.Tensor
        f_d of the student's frames [B, T, D].
    teacher : torch.Tensor
        The teacher's frames [B, T, D].
    where : torch.Tensor
        Booleans [B, T]: the valid frames that are not masked.

    Returns
    -------
    torch.Tensor
        Scalar in [0, 2].

    Example
    -------
    >>> z = torch.eye(2)[None]
    >>> frame_distillation_loss(z, 2 * z, torch.ones(1, 2).bool())
    tensor(0.)
    """
    with torch.autocast(student.device.type, enabled=False):
        cosines = F.cosine_similarity(
            student.float(), teacher.detach().float(), dim=-1
        )
        return masked_mean(1 - cosines, where)


def utterance_distillation_loss(student, teacher, valid):
    """L_sd, level "utt": |mean_t f_d(z_t) - mean_t teacher z_t|^2 / D, the mean
    over utterances.

    Arguments
    ---------
    student : torch.Tensor
        f_d of the student's frames [B, T, D].
    teacher : torch.Tensor
        The teacher's frames [B, T, D].
    valid : torch.Tensor
        Booleans [B, T].

    Returns
    -------
    torch.Tensor
        Scalar.

    Example
    -------
    >>> z = torch.tensor([[[1.0], [3.0]]])  # the order of frames is no matter
    >>> utterance_distillation_loss(z, z.flip(1), torch.ones(1, 2).bool())
    tensor(0.)
    """
    with torch.autocast(student.device.type, enabled=False):
        mine = mean_frame(student.float(), valid)  # [B, D]
        theirs = mean_frame(teacher.detach().float(), valid)
        return (mine - theirs).square().mean()


class PrototypeDistillationLoss(DINOLoss):
    """L_sd, level "dino": cross-entropy between the teacher's centred, sharpened
    prototypes and the student's, frame by frame, as iBOT's for patches (Zhou et
    al. 2022, https://arxiv.org/abs/2111.07832, Eq. 2). The teacher's head
    follows the student's. In training mode the centre moves after the loss.

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
        """The loss of one batch.

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
        # Ranks have different numbers of frames: the mean of means is not theirs
        total = mean_over_ranks(chosen.sum(dim=(0, 1)))  # [K]
        count = mean_over_ranks(where.sum().float())
        rate = torch.where(count > 0, 1.0 - self.center_momentum, 0.0)
        self.center.lerp_(total / count.clamp(min=1e-6), rate)


def attribute_loss(logits, labels, masked, kind="hard"):
    """L_la: mean over masked frames of the cross-entropy between local
    attributes and what the student's head makes of its frames.

    Arguments
    ---------
    logits : torch.Tensor
        f_a of the student's frames [B, T, K].
    labels : torch.Tensor
        For "hard" the number of the attribute [B, T], else probabilities
        [B, T, K].
    masked : torch.Tensor
        Booleans [B, T].
    kind : str
        "hard", "soft", or "bce": a yes or no for each attribute, averaged over
        them.

    Returns
    -------
    torch.Tensor
        Scalar, in nats.

    Example
    -------
    >>> everywhere = torch.ones(1, 2).bool()
    >>> attribute_loss(torch.zeros(1, 2, 4), torch.tensor([[3, 1]]), everywhere)
    tensor(1.3863)
    """
    with torch.autocast(logits.device.type, enabled=False):
        logits, labels = logits.float(), labels.detach()
        if kind == "hard":
            each = F.cross_entropy(
                logits.flatten(0, 1), labels.flatten(), reduction="none"
            ).view(labels.shape)
        elif kind == "soft":
            each = -(labels.float() * logits.log_softmax(-1)).sum(dim=-1)
        elif kind == "bce":
            each = F.binary_cross_entropy_with_logits(
                logits, labels.float(), reduction="none"
            ).mean(dim=-1)
        else:
            raise ValueError(
                f"labels are one of {', '.join(LABELS)}, got {kind!r}"
                f"{did_you_mean(kind, LABELS)}"
            )
        return masked_mean(each, masked)
