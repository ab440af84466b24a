"""Self-distillation on frames or on utterances: the student follows the teacher."""

import torch
from torch.nn import functional as F

from sb_contrastive.adapter.masked_mean import masked_mean, mean_frame


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
    """L_sd, level "utt": mean over utterances of |mean_t f_d(z_t) - mean_t
    teacher z_t|^2 / D.

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
    >>> z = torch.tensor([[[1.0], [3.0]]])  # the order of frames does not matter
    >>> utterance_distillation_loss(z, z.flip(1), torch.ones(1, 2).bool())
    tensor(0.)
    """
    with torch.autocast(student.device.type, enabled=False):
        mine = mean_frame(student.float(), valid)  # [B, D]
        theirs = mean_frame(teacher.detach().float(), valid)
        return (mine - theirs).square().mean()
