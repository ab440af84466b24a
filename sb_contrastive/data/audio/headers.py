"""Reads what audio files say about themselves, many at a time."""

import os
from typing import NamedTuple

import soundfile

from sb_contrastive.data.audio.threads import in_threads


class Header(NamedTuple):
    """Holds what the first bytes of an audio file say; `problem` is "" if it is usable."""

    frames: int = 0
    sample_rate: int = 0
    channels: int = 0
    subtype: str = ""
    problem: str = ""


def read_headers(paths, jobs=None):
    """Reads the headers of many audio files in parallel, decoding nothing.

    Arguments
    ---------
    paths : list of str
        Audio files.
    jobs : int, optional
        Threads; by default twice the processors, as most of the time is
        spent waiting for the disk.

    Returns
    -------
    list of Header
        In the order of `paths`; a file that is missing, unreadable or empty
        has its `problem` filled in.

    Example
    -------
    >>> read_headers(["no_such.wav"])[0].problem
    'missing'
    """
    return in_threads(read_header, paths, jobs, "headers")


def read_header(path):
    """Reads the header of one audio file, see `read_headers`."""
    if not os.path.isfile(path):
        return Header(problem="missing")
    try:
        info = soundfile.info(str(path))
    except (soundfile.SoundFileError, TypeError) as error:
        reason = getattr(error, "error_string", error)
        return Header(problem=f"unreadable ({str(reason).rstrip('.')})")
    problem = "" if info.frames else "empty"
    if info.frames > 2**62:
        problem = "of unknown length (written to a pipe; re-encode it)"
    return Header(
        info.frames, info.samplerate, info.channels, info.subtype, problem
    )
