"""Cuts the silence before and after the speech of an utterance, at any recording level."""

import numpy as np

from sb_contrastive.data.audio.reading import read_samples
from sb_contrastive.data.audio.threads import each_in_threads
from sb_contrastive.data.columns.access import having

FRAME = 400  # samples: 25 ms at 16 kHz
BLOCK = 400 * FRAME  # samples read at once: ten seconds


def trim_silence(rows, below_db=35.0, margin=0.1, jobs=None, sample_rate=16000):
    """Moves `start` and `stop` of each row to where its speech is.

    Acted and read corpora pad their recordings: half of a RAVDESS file is
    silence. Mean normalisation over a silent half differs from that over a
    crop of speech, so a network trained on crops misreads whole files. The
    threshold is relative to the loudest frames of the same utterance, hence
    quiet recordings lose nothing. A stretch is read at a time, so a recording
    may last hours.

    Arguments
    ---------
    rows : Rows or list of dict
        Manifest rows of mono files at `sample_rate`.
    below_db : float
        Frames this far below the loud ones (95th percentile) are silent.
    margin : float
        Seconds kept before and after.
    jobs : int, optional
        Threads that read; the default suits the machine.
    sample_rate : int
        Samples per second.

    Returns
    -------
    Rows or list of dict
        The rows with new `start`, `stop` and `duration`.
    """

    def trim(row):
        start, stop = int(row["start"]), int(row["stop"])
        power = _powers_of_file(row["wav"], start, stop)
        speech = _loud_part(power, stop - start, below_db)
        extra = round(margin * sample_rate)
        first, last = _widened(speech, extra, stop - start)
        return start + first, start + last

    spans = np.fromiter(
        each_in_threads(trim, rows, jobs, "finding speech"),
        np.dtype((np.int64, 2)),
        len(rows),
    )
    start, stop = spans.T
    duration = (stop - start) / sample_rate
    return having(rows, start=start, stop=stop, duration=duration)


def speech_with_margin(audio, below_db=35.0, margin=0.1, sample_rate=16000):
    """Finds the speech in a signal, with a little of what is around it.

    Arguments
    ---------
    audio : numpy.ndarray
        [S].
    below_db, margin, sample_rate
        See `trim_silence`.

    Returns
    -------
    tuple of int
        The span [first, last).

    Example
    -------
    >>> tone, silence = np.sin(np.arange(16000)), np.zeros(8000)
    >>> speech_with_margin(np.concatenate([silence, tone, silence]))
    (6400, 25600)
    """
    extra = round(margin * sample_rate)
    return _widened(speech_span(audio, below_db), extra, len(audio))


def speech_span(audio, below_db=35.0):
    """Finds the first and the last sample of the speech in a signal.

    Arguments
    ---------
    audio : numpy.ndarray
        [S].
    below_db : float
        Frames this far below the loud ones are silent.

    Returns
    -------
    tuple of int
        The span [first, last); the whole signal where it is too short or all
        alike.

    Example
    -------
    >>> tone = np.sin(np.arange(16000))
    >>> silence = np.zeros(8000)
    >>> speech_span(np.concatenate([silence, tone, silence]))
    (8000, 24000)
    """
    frames = len(audio) // FRAME
    power = (audio[: frames * FRAME].reshape(frames, FRAME) ** 2).mean(axis=1)
    return _loud_part(power, len(audio), below_db)


def _loud_part(power, samples, below_db):
    """Returns the span of `speech_span` by the power of each frame [T]."""
    if len(power) < 3:
        return 0, samples
    loud = np.percentile(power, 95)
    speech = np.flatnonzero(power > loud * 10 ** (-below_db / 10))
    if len(speech) == 0:
        return 0, samples
    return int(speech[0] * FRAME), int((speech[-1] + 1) * FRAME)


def _widened(span, extra, samples):
    first, last = span
    return max(first - extra, 0), min(last + extra, samples)


def _powers_of_file(wav, start, stop):
    """Computes the power of each whole frame of a span [T], about its mean."""
    total, sums, squares = 0.0, [], []
    for first in range(start, stop, BLOCK):
        audio = read_samples(wav, first, min(first + BLOCK, stop))
        audio = audio.astype(np.float64)
        total += audio.sum()
        frames = len(audio) // FRAME
        audio = audio[: frames * FRAME].reshape(frames, FRAME)
        sums.append(audio.mean(axis=1))
        squares.append((audio**2).mean(axis=1))
    # Some corpora carry a DC offset: the mean of (x - mean)^2
    mean = total / (stop - start)
    return np.concatenate(squares) - 2 * mean * np.concatenate(sums) + mean**2
