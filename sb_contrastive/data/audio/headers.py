"""Reads what audio files say about themselves, many at a time."""

from array import array
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import soundfile

from sb_contrastive.data.audio.threads import each_in_threads
from sb_contrastive.data.shards.member import ShardError
from sb_contrastive.data.shards.places import is_there, readable

# Outside of these a header is damaged: its audio would last for no time, or
# grow without end when it is converted
RATES = range(1000, 400_001)


class Header(NamedTuple):
    """Holds what the first bytes of an audio file say; `problem` is "" if it is usable."""

    frames: int = 0
    sample_rate: int = 0
    channels: int = 0
    subtype: str = ""
    problem: str = ""


class Headers(Sequence):
    """Headers of many files, kept as columns: those of a million would be a
    million objects.

    Arguments
    ---------
    headers : iterable of Header
        The headers.

    Example
    -------
    >>> headers = Headers([Header(9, 8000, 1, "PCM_16"), Header(problem="empty")])
    >>> headers.frames.tolist(), headers.bad.tolist(), headers[1].problem
    ([9, 0], [False, True], 'empty')
    """

    def __init__(self, headers):
        self.problems, self.subtypes = {}, {}
        numbers = array("q")
        for place, header in enumerate(headers):
            code = self.subtypes.setdefault(header.subtype, len(self.subtypes))
            numbers.extend((*header[:3], code))
            if header.problem:
                self.problems[place] = header.problem
        columns = np.frombuffer(numbers, np.int64).reshape(-1, 4).T
        self.frames, self.rates, self.channels, self.codes = columns
        self.bad = np.zeros(len(self.frames), bool)
        self.bad[list(self.problems)] = True

    def __len__(self):
        return len(self.frames)

    def __getitem__(self, place):
        if isinstance(place, slice):
            return [self[n] for n in range(len(self))[place]]
        place = range(len(self))[place]
        subtypes = list(self.subtypes)
        return Header(
            int(self.frames[place]),
            int(self.rates[place]),
            int(self.channels[place]),
            subtypes[self.codes[place]],
            self.problems.get(place, ""),
        )


def read_headers(paths, jobs=None):
    """Reads the headers of many audio files in parallel, decoding nothing.

    Arguments
    ---------
    paths : sequence of str
        Audio files.
    jobs : int, optional
        Threads; by default twice the processors, as most of the time is
        spent waiting for the disk.

    Returns
    -------
    Headers
        In the order of `paths`; a file that is missing, unreadable or empty,
        or whose name is not UTF-8, has its `problem` filled in.

    Example
    -------
    >>> read_headers(["no_such.wav"])[0].problem
    'missing'
    """
    return Headers(each_in_threads(read_header, paths, jobs, "headers"))


def read_header(path):
    """Reads the header of one audio file, see `read_headers`."""
    if not _is_utf8(path):
        # No manifest, which is UTF-8, could name the file
        return Header(problem="has a name that is not UTF-8 (rename it)")
    if not is_there(path):
        return Header(problem="missing")
    try:
        info = soundfile.info(readable(path))
    except ShardError:
        return Header(problem="not in its shard (pack the corpus again)")
    except (soundfile.SoundFileError, TypeError) as error:
        return Header(problem=unreadable(error))
    problem = "" if info.frames else "empty"
    if info.frames > 2**62:
        problem = "of unknown length (written to a pipe; re-encode it)"
    elif info.samplerate not in RATES:
        problem = (
            f"damaged: its header gives {info.samplerate} samples a second"
        )
    return Header(
        info.frames, info.samplerate, info.channels, info.subtype, problem
    )


def unreadable(error):
    """Words the error of soundfile as the problem of a file.

    Example
    -------
    >>> unreadable(soundfile.LibsndfileError(1, "Error opening 'a.wav': "))
    'unreadable (Format not recognised)'
    """
    reason = getattr(error, "error_string", error)
    return f"unreadable ({str(reason).rstrip('.')})"


def _is_utf8(path):
    try:
        str(path).encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True
