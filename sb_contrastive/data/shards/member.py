"""Reads an audio file inside a shard, as if it were a file of its own."""

import io
import os
import tarfile
from functools import lru_cache

HEADER = tarfile.BLOCKSIZE  # bytes right before the content of a file
OPEN = 64  # shards that a process keeps open: to open one anew asks the disk


class ShardError(OSError):
    """Says that a shard is not what a manifest says it is."""


def open_member(address):
    """Open a file inside a shard.

    Nothing is copied or unpacked. It may be called from several threads and
    after a fork: each file that is opened has a position of its own.

    Arguments
    ---------
    address : Address
        The shard, and where in it the file begins.

    Returns
    -------
    io.BufferedReader
        Binary, to read and seek in.

    Raises
    ------
    FileNotFoundError
        When there is no such shard.
    ShardError
        When no file of that name begins there.

    Example
    -------
    >>> from sb_contrastive.data.shards.address import Address
    >>> path = getfixture("tmp_path") / "audio.tar"
    >>> _ = (path.parent / "a.txt").write_text("speech")
    >>> with tarfile.open(path, "w", format=tarfile.USTAR_FORMAT) as tar:
    ...     tar.add(path.parent / "a.txt", "a.txt")
    >>> open_member(Address(str(path), 512, "a.txt")).read()
    b'speech'
    """
    shard = _shard(address.shard)
    size = _size(shard, address)
    return io.BufferedReader(_Window(shard, address.offset, size))


def member_size(address):
    """Return the bytes of a file inside a shard.

    Arguments
    ---------
    address : Address
        See `open_member`, which raises the same errors.

    Returns
    -------
    int
    """
    return _size(_shard(address.shard), address)


class _Shard:
    """Holds an archive open, for as long as anything reads from it."""

    def __init__(self, path):
        self.descriptor = os.open(
            path, os.O_RDONLY | getattr(os, "O_BINARY", 0)
        )

    def read(self, count, offset):
        return os.pread(self.descriptor, count, offset)

    def __del__(self):
        if hasattr(self, "descriptor"):
            os.close(self.descriptor)


_shard = lru_cache(maxsize=OPEN)(_Shard)


def _size(shard, address):
    """Read the header before the content: it says how long it is, and whose."""
    block = b""
    if address.offset >= HEADER:
        block = shard.read(HEADER, address.offset - HEADER)
    try:
        info = tarfile.TarInfo.frombuf(block, "utf-8", "surrogateescape")
    except tarfile.HeaderError:
        info = None
    # Long names, and those beyond ASCII, stand in a header of their own
    name = address.name if address.name.isascii() else ""
    expected = name if len(name) <= tarfile.LENGTH_NAME else ""
    if info is None or not info.isreg() or expected not in ("", info.name):
        raise ShardError(
            f"{address.shard} has no {address.name} at byte {address.offset}: "
            f"it is another archive than the manifest was written for, so pack "
            f"the corpus again"
        )
    return info.size


class _Window(io.RawIOBase):
    """A part of a shard, with a position of its own."""

    def __init__(self, shard, first, size):
        self.shard, self.first, self.size = shard, first, size
        self.place = 0

    def readable(self):
        return True

    def seekable(self):
        return True

    def seek(self, offset, whence=io.SEEK_SET):
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self.place, io.SEEK_END: self.size}
        self.place = max(base[whence] + offset, 0)
        return self.place

    def readinto(self, buffer):
        count = max(min(len(buffer), self.size - self.place), 0)
        data = self.shard.read(count, self.first + self.place)
        buffer[: len(data)] = data
        self.place += len(data)
        return len(data)
