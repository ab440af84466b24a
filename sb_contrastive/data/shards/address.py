"""Addresses of audio in shards: where in a tar archive it begins, and its name there."""

import re
from typing import NamedTuple

ADDRESS = re.compile(r"(?P<shard>.+\.tar)/(?P<offset>\d+)/(?P<name>.+)")


class Address(NamedTuple):
    """Holds the path of a `shard`, the byte at which a file begins in it, and the
    file's `name` in the archive."""

    shard: str
    offset: int
    name: str

    def __str__(self):
        return f"{self.shard}/{self.offset}/{self.name}"


def parse_address(path):
    """Read the address of audio in a shard.

    Arguments
    ---------
    path : str or pathlib.Path
        What a manifest has as `wav`.

    Returns
    -------
    Address or None
        None for the path of an audio file.

    Example
    -------
    >>> parse_address("/corpus/audio-000.tar/1536/ann/1.flac").offset
    1536
    >>> parse_address("/corpus/ann/1.flac") is None
    True
    """
    # Most paths of a million are no addresses, and this is the cheaper test
    if ".tar/" not in str(path):
        return None
    found = ADDRESS.fullmatch(str(path))
    if found is None:
        return None
    return Address(found["shard"], int(found["offset"]), found["name"])
