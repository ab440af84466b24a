"""Removes padding before a network runs, and pads the frames that it gives."""

import torch

from sb_contrastive.encoders.padding.valid_frames import valid_counts


def groups_of_equal_length(wavs, wav_lens):
    """Yield the row numbers and unpadded waveforms of each length.

    Arguments
    ---------
    wavs : torch.Tensor
        Waveforms [B, S], padded at the right.
    wav_lens : torch.Tensor or None
        Valid share of each row [B]; all valid when None.

    Yields
    ------
    tuple of torch.Tensor
        [N] and [N, S'].

    Example
    -------
    >>> groups = groups_of_equal_length(
    ...     torch.zeros(3, 10), torch.tensor([1.0, 0.5, 1.0])
    ... )
    >>> [(rows.tolist(), list(wavs.shape)) for rows, wavs in groups]
    [([1], [1, 5]), ([0, 2], [2, 10])]
    """
    if wav_lens is None:
        yield torch.arange(len(wavs), device=wavs.device), wavs
        return
    samples = valid_counts(wav_lens, wavs.shape[1])
    for length in samples.unique().tolist():
        rows = (samples == length).nonzero().squeeze(1)
        yield rows, wavs[rows, :length]


def padded_frames(rows, frames):
    """Join the frames of groups of equal length in one padded batch.

    Arguments
    ---------
    rows : list of torch.Tensor
        Row numbers of each group [N], ascending.
    frames : list of torch.Tensor
        Frames of each group [N, T, D].

    Returns
    -------
    tuple of torch.Tensor
        Frames [B, T, D] (zeros after the end of a row) and the valid share of
        each row [B].

    Example
    -------
    >>> rows = [torch.tensor([1]), torch.tensor([0])]
    >>> frames, shares = padded_frames(
    ...     rows, [torch.ones(1, 2, 3), torch.ones(1, 4, 3)]
    ... )
    >>> frames.shape, shares
    (torch.Size([2, 4, 3]), tensor([1.0000, 0.5000]))
    """
    lengths = torch.cat([torch.full((len(x),), x.shape[1]) for x in frames])
    if len(frames) == 1:
        # One length, as crops have: taken apart row by row, the backward pass
        # would add up as many gradients of the whole batch as there are rows
        frames = frames[0]
        return frames, torch.ones(len(frames)).to(frames)
    order = torch.cat(rows).argsort()
    every = [row for x in frames for row in x]
    padded = torch.nn.utils.rnn.pad_sequence(
        [every[i] for i in order.tolist()], batch_first=True
    )
    return padded, lengths[order.cpu()].to(padded) / padded.shape[1]


def frames_without_padding(encode, wavs, wav_lens=None):
    """Encode rows of different length, each length in a pass of its own.

    Arguments
    ---------
    encode : callable
        Waveforms [N, S'] of one length -> frames [N, T', D].
    wavs : torch.Tensor
        Waveforms [B, S], padded at the right.
    wav_lens : torch.Tensor, optional
        Valid share of each row [B]; all valid when absent.

    Returns
    -------
    tuple of torch.Tensor
        See `padded_frames`.

    Example
    -------
    >>> wavs = torch.tensor([[1.0, 2.0], [3.0, 0.0]])
    >>> frames, lens = frames_without_padding(
    ...     lambda rows: rows.unsqueeze(-1), wavs, torch.tensor([1.0, 0.5])
    ... )
    >>> frames.squeeze(-1), lens
    (tensor([[1., 2.],
            [3., 0.]]), tensor([1.0000, 0.5000]))
    """
    groups = list(groups_of_equal_length(wavs, wav_lens))
    return padded_frames(
        [rows for rows, _ in groups], [encode(equal) for _, equal in groups]
    )
