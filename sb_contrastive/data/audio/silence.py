"""Cuts the silence before and after the speech of an utterance, at any recording level."""

import numpy as np

from sb_contrastive.data.audio.reading import read_span
from sb_contrastive.data.audio.threads import in_threads

FRAME = 400  # samples: 25 ms at 16 kHz


def trim_silence(rows, below_db=35.0, margin=0.1, jobs=None, sample_rate=16000):
    """Moves `start` and `stop` of each row to where its speech is.

    Acted and read corpora pad their recordings: half of a RAVDESS file is
    silence. Mean normalisation over a silent half differs from that over a
    crop of speech, so a network trained on crops misreads whole files. The
    threshold is relative to the loudest frames of the same utterance, hence
    quiet recordings lose nothing.

    Arguments
    ---------
    rows : list of dict
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
    list of dict
        Copies with new `start`, `stop` and `duration`.
    """

    def trim(row):
        start, stop = int(row["start"]), int(row["stop"])
        audio = read_span(row["wav"], start, stop)
        first, last = speech_with_margin(audio, below_db, margin, sample_rate)
        return {
            **row,
            "start": start + first,
            "stop": start + last,
            "duration": (last - first) / sample_rate,
        }

    return in_threads(trim, rows, jobs, "finding speech")


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
    first, last = speech_span(audio, below_db)
    extra = round(margin * sample_rate)
    return max(first - extra, 0), min(last + extra, len(audio))


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
    if frames < 3:
        return 0, len(audio)
    power = (audio[: frames * FRAME].reshape(frames, FRAME) ** 2).mean(axis=1)
    loud = np.percentile(power, 95)
    speech = np.flatnonzero(power > loud * 10 ** (-below_db / 10))
    if len(speech) == 0:
        return 0, len(audio)
    return int(speech[0] * FRAME), int((speech[-1] + 1) * FRAME)
