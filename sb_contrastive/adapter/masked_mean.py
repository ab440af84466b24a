"""Means over chosen frames of a padded batch, without a synchronisation of host and device."""

import torch

from sb_contrastive.distributed import mean_over_ranks, world_size


def masked_mean(values, where):
    """Average the chosen values; the mean is 0, with a gradient of 0, where none
    is chosen.

    Where several processes train, each divides by the mean of their counts. The
    mean of their results is then the mean over the chosen frames of all.

    Arguments
    ---------
    values : torch.Tensor
        One value per frame [B, T]; values that are not chosen may even be NaN.
    where : torch.Tensor
        Booleans [B, T].

    Returns
    -------
    torch.Tensor
        Scalar.

    Example
    -------
    >>> values = torch.tensor([[1.0, 3.0, float("nan")]])
    >>> masked_mean(values, torch.tensor([[True, True, False]]))
    tensor(2.)
    >>> masked_mean(values, torch.zeros(1, 3, dtype=torch.bool))
    tensor(0.)
    """
    total = torch.where(where, values, 0.0).sum()
    count = where.sum()
    if values.requires_grad and world_size() > 1:
        count = mean_over_ranks(count.float())
    return total / count.clamp(min=1 / world_size())


def mean_frame(frames, where):
    """Average the chosen frames of each row.

    Arguments
    ---------
    frames : torch.Tensor
        [B, T, D].
    where : torch.Tensor
        Booleans [B, T].

    Returns
    -------
    torch.Tensor
        [B, D]; zeros for a row without a chosen frame.

    Example
    -------
    >>> mean_frame(torch.tensor([[[1.0], [3.0]]]), torch.tensor([[True, True]]))
    tensor([[2.]])
    """
    where = where[..., None]  # [B, T, 1]
    return torch.where(where, frames, 0.0).sum(1) / where.sum(1).clamp(min=1)
