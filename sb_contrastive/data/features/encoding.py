"""Encodes waveforms of any length in batches of similar length."""

import numpy as np
import torch

from sb_contrastive.data.features.audio_identity import length_of


@torch.no_grad()
def encode(encoder, wavs, window, device):
    """Computes the frames of a batch.

    Arguments
    ---------
    encoder : FrozenFrames
        Network on waveforms.
    wavs : list of numpy.ndarray
        Waveforms [S] of any lengths.
    window : int
        Longer waveforms are encoded in windows of at most so many samples.
    device : str or torch.device
        Where to compute.

    Returns
    -------
    list of torch.Tensor
        [T, D] of each waveform.
    """
    longest = max(len(wav) for wav in wavs)
    if longest > window:
        return [
            torch.cat(
                [
                    encode(encoder, [piece], window, device)[0]
                    for piece in _windows(wav, window)
                ]
            )
            for wav in wavs
        ]
    padded = torch.zeros(len(wavs), longest)
    for row, wav in zip(padded, wavs):
        row[: len(wav)] = torch.from_numpy(wav)
    lens = torch.tensor([len(wav) / longest for wav in wavs])
    frames, shares = encoder.frames(padded.to(device), lens.to(device))
    counts = torch.round(shares * frames.shape[1]).int().tolist()
    return [row[:count].cpu() for row, count in zip(frames, counts)]


def batches_of(rows, samples):
    """Yields rows in batches of similar length, the longest first: if the
    memory is too small for one of them, that shows at once."""
    batch, longest = [], 0
    for row in sorted(rows, key=length_of, reverse=True):
        longest = longest or length_of(row)
        if batch and longest * (len(batch) + 1) > samples:
            yield batch
            batch, longest = [], length_of(row)
        batch.append(row)
    if batch:
        yield batch


def in_float16(frames, row):
    """Converts frames for the disk; refuses those that float16 cannot hold."""
    half = frames.half()
    if not torch.isfinite(half).all():
        largest = frames.abs().max().item()
        raise ValueError(
            f"the features of {row['ID']} ({row['wav']}) are not finite in "
            f"float16, which ends at 65504: the largest is {largest:g}"
        )
    return half.numpy()


def _windows(wav, length):
    """Cuts pieces of equal length, so that the last is not a scrap."""
    count = -(-len(wav) // length)
    edges = np.linspace(0, len(wav), count + 1).astype(int)
    return [wav[a:b] for a, b in zip(edges[:-1], edges[1:])]
