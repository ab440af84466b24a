"""Mask prediction: the student predicts the frames that it does not see."""

import torch

from sb_contrastive.adapter.masked_mean import masked_mean


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
