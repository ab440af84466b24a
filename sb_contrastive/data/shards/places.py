"""Opens audio wherever it is: in a file of its own, or packed into a shard."""

import os
from typing import NamedTuple

from sb_contrastive.data.shards.address import parse_address
from sb_contrastive.data.shards.member import member_size, open_member


class State(NamedTuple):
    """Holds the time and size of a file, one of which changes when the file does."""

    mtime_ns: int
    size: int


def readable(path):
    """Return what soundfile opens.

    Arguments
    ---------
    path : str or pathlib.Path
        An audio file, or an address in a shard.

    Returns
    -------
    str or io.BufferedReader
        The path itself; of an address, an open file.

    Raises
    ------
    FileNotFoundError, ShardError
        When a shard is missing, or is another one.

    Example
    -------
    >>> readable("/corpus/ann/1.flac")
    '/corpus/ann/1.flac'
    """
    address = parse_address(path)
    return str(path) if address is None else open_member(address)


def is_there(path):
    """Tell whether there is such a file, or such a shard.

    Arguments
    ---------
    path : str or pathlib.Path
        An audio file, or an address in a shard.

    Returns
    -------
    bool

    Example
    -------
    >>> is_there("/no/such/audio.tar/512/1.flac")
    False
    """
    address = parse_address(path)
    return os.path.isfile(path if address is None else address.shard)


def state_of(path):
    """Return time and size of audio.

    Arguments
    ---------
    path : str or pathlib.Path
        An audio file, or an address in a shard, which has the time of the shard.

    Returns
    -------
    State

    Example
    -------
    >>> wav = getfixture("tmp_path") / "a.wav"
    >>> wav.write_bytes(b"RIFF")
    4
    >>> state_of(wav).size
    4
    """
    address = parse_address(path)
    if address is None:
        status = os.stat(path)
        return State(status.st_mtime_ns, status.st_size)
    return State(os.stat(address.shard).st_mtime_ns, member_size(address))
