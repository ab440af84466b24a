"""Finds what only the samples of a file tell: damage, NaN, overflow and silence."""

import numpy as np
import soundfile

from sb_contrastive.data.audio.headers import unreadable
from sb_contrastive.data.shards.places import readable

BLOCK = 2**17  # samples of all channels that are read at once
PROBE = 4096  # frames read at once where sound is expected soon
# Samples of these are as many as the header says, or libsndfile corrects it.
# All others are decoded to their end before they are trusted.
PLAIN = ("PCM_S8", "PCM_U8", "PCM_16", "PCM_24", "PCM_32", "ULAW", "ALAW")
# Full scale of 32 bit integers. The power of larger samples, summed over the
# window of a spectrum, leaves the range of float32 in the end.
LARGEST = 2.0**31
# Neighbouring samples nearer than this are alike: 24 bits do not resolve it
ALIKE = 1e-7
# Channels that cancel each other leave less than this share of themselves
LEFT = 1e-3
JUDGED = 400  # samples: shorter utterances may well hold one value


def find_fault(path, spans=(), decode=True):
    """Says why the samples of a file cannot be used.

    Files of plain integers are hardly read: a few samples where each utterance
    begins show that it is not silent. Files of floats and compressed ones are
    decoded to their end, block by block, in float32 as in training.

    Arguments
    ---------
    path : str
        An audio file.
    spans : collection of tuple of int
        (start, stop) of the utterances in it, in samples.
    decode : bool
        Whether to decode those files; conversion does so anyway.

    Returns
    -------
    str or dict of tuple to str
        The problem of the file, "" if it has none; where only some of the
        spans hold no sound, {span: its problem}.

    Example
    -------
    >>> path = str(getfixture("tmp_path") / "a.wav")
    >>> soundfile.write(path, np.r_[np.zeros(800), 0.1 * np.ones(800)], 16000)
    >>> find_fault(path, [(0, 1600), (900, 1600)])
    {(900, 1600): 'holds no sound, only one value'}
    """
    try:
        with soundfile.SoundFile(readable(path)) as file:
            if decode and not is_plain(file):
                for _ in blocks_of(file):
                    pass
            silent = _silent(file, spans)
    except Unusable as error:
        return str(error)
    except (soundfile.SoundFileError, TypeError) as error:
        return unreadable(error)
    what = "holds no sound, only one value"
    if silent and len(silent) == len(set(spans)):
        return what
    return dict.fromkeys(silent, what) if silent else ""


def is_plain(file):
    """Tells whether an open file holds samples that need no decoder."""
    # FLAC calls its subtype PCM_16 too
    return file.format != "FLAC" and file.subtype in PLAIN


def mono(block):
    """Returns the mean of the channels of a block [S, channels] -> [S]."""
    return block[:, 0] if block.shape[1] == 1 else block.mean(axis=1)


def unusable(block):
    """Says what is wrong with the values of samples, "" if nothing is.

    Example
    -------
    >>> unusable(np.float32([0.1, np.nan])), unusable(np.float32([0.1, -1.0]))
    ('holds NaN or infinity', '')
    """
    if not len(block):
        return ""
    largest = np.abs(block).max()
    if not np.isfinite(largest):
        return "holds NaN or infinity"
    if largest > LARGEST:
        return f"holds samples as large as {largest:.0e}: float32 overflows"
    return ""


def blocks_of(file):
    """Yields the samples of an open file in blocks [S, channels], float32, and
    checks them.

    Raises
    ------
    Unusable
        When they cannot be used, or the file has fewer than it promises.
    """
    frames = 0
    size = max(BLOCK // file.channels, 1)
    while frames < file.frames:
        try:
            block = file.read(size, dtype="float32", always_2d=True)
        except soundfile.SoundFileError as error:
            raise Unusable(unreadable(error)) from error
        if len(block) < min(size, file.frames - frames):
            raise Unusable(
                f"damaged after {frames + len(block)} of its"
                f" {file.frames} samples"
            )
        problem = unusable(block)
        if problem:
            raise Unusable(problem)
        frames += len(block)
        yield block


class Unusable(ValueError):
    """Says what is wrong with the samples of a file."""


def _silent(file, spans):
    """Lists the spans whose samples are all alike."""
    silent, change = [], -1
    for start, stop in sorted(set(spans)):
        # A change within an earlier span may serve for this one too
        if stop - start >= JUDGED and not start < change < stop:
            change = _last_change(file, start, stop)
            if change < 0:
                silent.append((start, stop))
    return silent


def _last_change(file, start, stop):
    """Returns a sample of a span that differs from the one before it, the last
    one in the first block that has any; -1 where none does."""
    file.seek(start)
    place, size = start, PROBE
    last = np.empty((0, file.channels), np.float32)
    while place < stop:
        block = file.read(
            min(size, stop - place), dtype="float32", always_2d=True
        )
        if not len(block):
            return -1
        # The sample before the block is compared with its first one
        before = np.concatenate([last, block])
        changes = np.abs(np.diff(mono(before)))
        least = ALIKE
        if file.channels > 1 and len(changes):
            least = max(ALIKE, LEFT * np.abs(np.diff(before, axis=0)).max())
        places = np.flatnonzero(changes > least)
        if len(places):
            return place + int(places[-1]) + 1 - len(last)
        last = block[-1:]
        place += len(block)
        size = max(BLOCK // file.channels, PROBE)
    return -1
