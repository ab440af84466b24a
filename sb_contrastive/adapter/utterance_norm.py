"""Instance normalisation of a padded batch, for targets and clusters."""

import torch

from sb_contrastive.adapter.masked_mean import mean_frame


def utterance_norm(frames, valid, eps=1e-5):
    """Normalise each channel of each utterance over its valid frames, without gain.

    This removes whatever a speaker and a room add to all frames alike, and turns
    a target that has collapsed to one vector into zeros.

    Arguments
    ---------
    frames : torch.Tensor
        [B, T, D].
    valid : torch.Tensor
        Booleans [B, T].
    eps : float
        Added to the variance.

    Returns
    -------
    torch.Tensor
        [B, T, D], float32; zeros on padding.

    Example
    -------
    >>> z = torch.tensor([[[1.0], [3.0], [99.0]]])
    >>> utterance_norm(z, torch.tensor([[True, True, False]])).flatten()
    tensor([-1.0000,  1.0000,  0.0000])
    """
    frames = frames.float()
    mean = mean_frame(frames, valid)[:, None]  # [B, 1, D]
    centred = torch.where(valid[..., None], frames - mean, 0.0)
    variance = mean_frame(centred.square(), valid)[:, None]
    return centred * (variance + eps).rsqrt()
