"""Tells the valid frames of a padded batch from padding."""

import torch


def valid_counts(lens, frames):
    """Count the valid frames, or samples, of each row.

    Arguments
    ---------
    lens : torch.Tensor
        Valid share of each row [B], in (0, 1], as SpeechBrain's batches have it.
    frames : int
        T, the padded length.

    Returns
    -------
    torch.Tensor
        Whole numbers [B], at least 1.

    Example
    -------
    >>> valid_counts(torch.tensor([1.0, 0.5]), 5)  # 2.5 rounds to even
    tensor([5, 2])
    """
    return torch.round(lens * frames).long().clamp(min=1)


def valid_frames(lens, frames):
    """Make the padding mask of a batch.

    Arguments
    ---------
    lens : torch.Tensor
        Valid share of each row [B].
    frames : int
        T, the padded length.

    Returns
    -------
    torch.Tensor
        Booleans [B, T], True where a frame is valid.

    Example
    -------
    >>> valid_frames(torch.tensor([1.0, 0.5]), 4)
    tensor([[ True,  True,  True,  True],
            [ True,  True, False, False]])
    """
    counts = valid_counts(lens, frames)
    return torch.arange(frames, device=lens.device) < counts[:, None]
