"""Tells speech from pauses in long recordings, which are read block by block."""

import numpy as np
import soundfile

from sb_contrastive.data.audio.silence import BLOCK, FRAME
from sb_contrastive.data.shards.places import readable


def find_speech(spans, below_db=30.0, margin=0.1, sample_rate=16000):
    """Splits spans of recordings into speech and pauses.

    The threshold is relative to the loud frames of all spans together, which
    belong to one recording or to one speaker. Around speech a margin counts
    as neither, so that no fading vowel is taken for silence.

    Arguments
    ---------
    spans : list of tuple
        (wav, start, stop) in samples of mono files.
    below_db : float
        Frames of 25 ms this far below the loud ones (95th percentile) hold
        no speech.
    margin : float
        Seconds on both sides of speech.
    sample_rate : int
        Samples per second.

    Returns
    -------
    speech, pauses : list of tuple
        (wav, start, stop), in the order of the spans. Speech holds half of
        the margin, the other half is left out.

    Example
    -------
    >>> wav = str(getfixture("tmp_path") / "a.wav")
    >>> tone = 0.1 * np.sin(np.arange(16000))
    >>> soundfile.write(wav, np.concatenate([tone, np.zeros(16000)]), 16000)
    >>> speech, pauses = find_speech([(wav, 0, 32000)])
    >>> [s[1:] for s in speech], [s[1:] for s in pauses]
    ([(0, 16800)], [(17600, 32000)])
    """
    powers = [_frame_powers(*span) for span in spans]
    together = np.concatenate(powers) if powers else np.zeros(0)
    if not len(together):
        return list(spans), []
    threshold = np.percentile(together, 95) * 10 ** (-below_db / 10)
    half = round(margin * sample_rate / FRAME / 2)
    speech, pauses = [], []
    for (wav, start, stop), power in zip(spans, powers):
        loud = power > threshold
        speech += _runs(wav, start, stop, _widened(loud, half))
        pauses += _runs(wav, start, stop, ~_widened(loud, 2 * half))
    return speech, pauses


def _frame_powers(wav, start, stop):
    """Computes the power of each whole frame of a span [T], without the file's offset."""
    powers = []
    with soundfile.SoundFile(readable(wav)) as file:
        file.seek(start)
        for first in range(start, stop, BLOCK):
            audio = file.read(min(BLOCK, stop - first), dtype="float32")
            frames = len(audio) // FRAME
            audio = audio[: frames * FRAME].reshape(frames, FRAME)
            powers.append(audio.var(axis=1))
    return np.concatenate(powers) if powers else np.zeros(0)


def _widened(mask, by):
    """Makes a mask true wherever a frame at most `by` away is true."""
    counts = np.convolve(mask, np.ones(2 * by + 1), "same")
    return counts[: len(mask)] > 0.5


def _runs(wav, start, stop, mask):
    """Lists the stretches of a span where the mask [T] is true."""
    edges = np.flatnonzero(np.diff(np.pad(mask.astype(int), 1)))
    ends = [
        # What is left after the last whole frame belongs to it
        (start + a * FRAME, stop if b == len(mask) else start + b * FRAME)
        for a, b in edges.reshape(-1, 2).tolist()
    ]
    return [(wav, a, b) for a, b in ends]
