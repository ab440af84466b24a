"""Embeddings of trial files: of the whole utterance, or of several evenly
spaced segments.

Published results differ in this choice, so each choice has a name: `full`,
`6x2s_mean` (the mean of 6 embeddings) or `10x3.5s_pairwise` (every segment of
one file is compared with every segment of the other).
"""

import re
from typing import NamedTuple

import numpy as np
import torch

from sb_contrastive.data.audio.reading import read_row
from sb_contrastive.data.views.crops import repeat_to
from sb_contrastive.evaluation.embeddings.embed import embed, passes
from sb_contrastive.evaluation.embeddings.encoding import encode_audio
from sb_contrastive.evaluation.embeddings.finite import check_finite
from sb_contrastive.evaluation.embeddings.progress import shown_progress
from sb_contrastive.suggestions import did_you_mean

EXAMPLES = ("full", "6x2s_mean", "10x3.5s_pairwise", "10x4s_pairwise")


class SegmentPolicy(NamedTuple):
    """`count` segments of `seconds`; `use` is "mean" or "pairwise". The whole
    utterance has count 1, no seconds and use "full"."""

    count: int
    seconds: float
    use: str


def parse_segments(name):
    """Reads the name of a segment policy.

    Arguments
    ---------
    name : str
        `full`, `<count>x<seconds>s_mean` or `<count>x<seconds>s_pairwise`.

    Returns
    -------
    SegmentPolicy

    Raises
    ------
    ValueError
        When the name is not of one of these forms.

    Example
    -------
    >>> parse_segments("10x3.5s_pairwise")
    SegmentPolicy(count=10, seconds=3.5, use='pairwise')
    """
    if name == "full":
        return SegmentPolicy(1, None, "full")
    match = re.fullmatch(r"(\d+)x(\d+(?:\.\d+)?)s_(mean|pairwise)", str(name))
    if not match:
        raise ValueError(
            f"segments are named like {', '.join(EXAMPLES)}, not {name!r}"
            + did_you_mean(name, EXAMPLES)
        )
    policy = SegmentPolicy(int(match[1]), float(match[2]), match[3])
    if policy.count < 1 or policy.seconds <= 0:
        raise ValueError(
            f"segments need a count of at least 1 and a length above 0, got "
            f"{name!r}"
        )
    return policy


def embed_segments(
    encoder,
    rows,
    segments="full",
    device="cpu",
    batch_size=64,
    sample_rate=None,
    progressbar=False,
):
    """Embeds manifest rows in their order.

    Segments all have the same length, so they share a pass without padding;
    so do whole utterances of one length.

    Arguments
    ---------
    encoder : UtteranceEncoder
        Put into evaluation mode for the call.
    rows : list of dict
        Manifest rows.
    segments : str
        Name of the policy, see `parse_segments`.
    device : str or torch.device
        Device of the encoder.
    batch_size : int
        Segments in a pass, at least those of one file; it does not change the
        embeddings.
    sample_rate : int, optional
        Samples per second of the files; that of the encoder when absent.
    progressbar : bool or tqdm.tqdm
        Whether to show a progress bar; or an open one, to be moved on.

    Returns
    -------
    numpy.ndarray
        float32 [N, D]; for a pairwise policy [N, n, D], one embedding for
        each of the n segments.

    Example
    -------
    >>> embed_segments(None, [], segments="6x2s_maen")
    Traceback (most recent call last):
    ...
    ValueError: segments are named like full, 6x2s_mean, ...; did you mean '6x2s_mean'?
    """
    policy = parse_segments(segments)
    if policy.use == "full":
        return embed(encoder, rows, device, progressbar=progressbar)
    rate = sample_rate or getattr(encoder, "sample_rate", 16000)
    n, length = policy.count, round(policy.seconds * rate)
    if length < 1:
        raise ValueError(f"{segments!r} is shorter than one sample")
    files = _files_of_a_pass(policy, batch_size)
    embeddings = []
    mode = encoder.training
    encoder.eval()
    with (
        torch.no_grad(),
        shown_progress(progressbar, len(rows)) as bar,
    ):
        for i in range(0, len(rows), files):
            batch = rows[i : i + files]
            wavs = np.concatenate(
                [cut_segments(row, n, length) for row in batch]
            )
            wavs = torch.from_numpy(wavs).to(device)
            z = encode_audio(encoder, wavs, batch)  # [B * n, D]
            z = z.float().cpu().unflatten(0, (len(batch), n))
            embeddings.append(check_finite(z, batch, "embedding"))
            bar.update(len(batch))
    encoder.train(mode)
    embeddings = torch.cat(embeddings).numpy()  # [N, n, D]
    return embeddings.mean(axis=1) if policy.use == "mean" else embeddings


def segment_passes(encoder, rows, segments="full", batch_size=64):
    """Divide rows into the passes of `embed_segments`.

    Arguments
    ---------
    encoder, rows, segments, batch_size
        See `embed_segments`.

    Returns
    -------
    list of list of int
        Numbers of rows.

    Example
    -------
    >>> segment_passes(None, range(5), "2x1s_mean", batch_size=4)
    [[0, 1], [2, 3], [4]]
    """
    policy = parse_segments(segments)
    if policy.use == "full":
        return passes(encoder, rows)
    files = _files_of_a_pass(policy, batch_size)
    numbers = list(range(len(rows)))
    return [numbers[i : i + files] for i in range(0, len(rows), files)]


def _files_of_a_pass(policy, batch_size):
    return max(1, batch_size // policy.count)


def segment_starts(samples, length, count):
    """Returns the first sample of each of `count` evenly spaced segments.

    The first segment begins and the last one ends with the utterance; a single
    segment lies in its middle.

    Arguments
    ---------
    samples : int
        Samples of the utterance.
    length : int
        Samples of a segment.
    count : int
        How many segments.

    Returns
    -------
    numpy.ndarray
        int [count]; all 0 where the utterance is not longer than a segment.

    Example
    -------
    >>> segment_starts(samples=10, length=4, count=3).tolist()
    [0, 3, 6]
    """
    room = max(samples - length, 0)
    if count == 1:
        return np.array([room // 2])
    return np.linspace(0, room, count).round().astype(int)


def cut_segments(row, count, length):
    """Cuts a file into evenly spaced segments, each with its own mean removed, as
    in the crops of training.

    Arguments
    ---------
    row : dict
        Manifest row; audio that is shorter than a segment is repeated.
    count : int
        How many segments.
    length : int
        Samples of a segment.

    Returns
    -------
    numpy.ndarray
        float32 [count, length].
    """
    audio = read_row(row)
    starts = segment_starts(len(audio), length, count)
    audio = repeat_to(audio, max(len(audio), length))
    cut = np.stack([audio[a : a + length] for a in starts])
    return cut - cut.mean(axis=1, keepdims=True)
