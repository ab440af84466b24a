"""Appends frames to one file, with an index of the complete ones."""

import contextlib
import errno
import json
import os
import zlib
from pathlib import Path

import numpy as np
from speechbrain.utils.logger import get_logger

from sb_contrastive.files import write_atomically

logger = get_logger(__name__)

# What a full disk, a quota and a file size limit are called
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class FeatureFile:
    """Keeps `features.f16`, frames [N, D] one after another (`features.f32`, where
    they are in float32), and `index.jsonl`,
    a line per utterance, which is written when its frames are on the disk.

    The next writer cuts off the frames that an interruption left without a
    line. Lengths and checksums tell frames that are missing or damaged.

    Arguments
    ---------
    folder : pathlib.Path
        Holds both files, and nothing at first.
    dim : int
        D.
    dtype : str
        Of the numbers: "<f2", or "<f4" where float16 is too coarse.

    Example
    -------
    >>> file = FeatureFile(getfixture("tmp_path"), dim=2)
    >>> with file.writing() as append:
    ...     append([({"audio": "a"}, np.ones((3, 2), "<f2"))])
    >>> [record] = file.records
    >>> record["audio"], file.read(record, 1, 3).tolist()
    ('a', [[1.0, 1.0], [1.0, 1.0]])
    """

    def __init__(self, folder, dim, dtype="<f2"):
        self.folder, self.dim = Path(folder), dim
        self.dtype = np.dtype(dtype)
        self.bytes = self.dtype.itemsize * dim  # of a frame
        self.data = self.folder / f"features.f{8 * self.dtype.itemsize}"
        self.index = self.folder / "index.jsonl"
        self.reload()

    def reload(self):
        """Reads the index again: another process may have written."""
        self.records, self.whole = self._read_index()
        self._frames, self._verified = None, set()

    def read(self, record, start, stop):
        """Reads frames [start, stop) of one utterance.

        Arguments
        ---------
        record : dict
            One of `records`.
        start : int
            First frame.
        stop : int
            One past the last frame.

        Returns
        -------
        numpy.ndarray
            [stop - start, D], on the disk.

        Raises
        ------
        ValueError
            When the frames are not those that were written: checked once per
            utterance and process.
        """
        if self._frames is None:
            count = self.data.stat().st_size // self.bytes
            self._frames = np.memmap(
                self.data, self.dtype, mode="r", shape=(count, self.dim)
            )
        first, count = record["first"], record["frames"]
        utterance = self._frames[first : first + count]
        if first not in self._verified:
            if zlib.crc32(utterance) != record["crc"]:
                raise ValueError(
                    f"{self.data} is damaged at frame {first}, in the features "
                    f"of {record.get('wav')}: delete {self.folder}, they will "
                    f"be computed again"
                )
            self._verified.add(first)
        return utterance[start:stop]

    @contextlib.contextmanager
    def writing(self):
        """Gives a function that appends, to one process at a time.

        Yields
        ------
        callable
            Takes a list of (record, frames [T, D] or None, where
            the record says itself where its frames are); all are on the disk
            when it returns.
        """
        with _lock(self.folder / "lock"):
            self.reload()
            self._cut_off()
            try:
                with (
                    open(self.data, "ab") as data,
                    open(self.index, "ab") as index,
                ):
                    yield lambda entries: self._append(data, index, entries)
            except OSError as error:
                if error.errno not in _FULL:
                    raise
                raise OSError(
                    error.errno,
                    f"the disk of {self.folder} is full: what is complete is "
                    f"kept; make room, or give another folder, and run it "
                    f"again",
                ) from error

    def __getstate__(self):
        # A pickled memmap would be a copy of the whole file
        return {**self.__dict__, "_frames": None}

    def _append(self, data, index, entries):
        records = []
        first = data.tell() // self.bytes
        for record, frames in entries:
            if frames is not None:
                frames = np.ascontiguousarray(frames, dtype=self.dtype)
                data.write(frames)
                record = {
                    **record,
                    "first": first,
                    "frames": len(frames),
                    "crc": zlib.crc32(frames),
                }
                first += len(frames)
            records.append(record)
        _flush(data)
        lines = [json.dumps(record) + "\n" for record in records]
        index.write("".join(lines).encode())
        _flush(index)
        self.records += records
        self._frames = None

    def _read_index(self):
        """Reads the records whose frames are there, and tells whether that is all of them."""
        if not self.index.is_file():
            return [], not self.data.is_file()
        *lines, torn = self.index.read_bytes().split(b"\n")
        try:
            records = [json.loads(line) for line in lines]
            there = self.data.stat().st_size // self.bytes
            kept = [r for r in records if r["first"] + r["frames"] <= there]
        except (ValueError, KeyError, TypeError, FileNotFoundError) as error:
            raise ValueError(
                f"{self.index} does not fit its features: delete "
                f"{self.folder}, they will be computed again"
            ) from error
        if len(kept) < len(records):
            logger.warning(
                f"{self.data} was cut short: {len(records) - len(kept)} "
                f"utterances in it are missing"
            )
        return kept, not torn and len(kept) == len(records)

    def _cut_off(self):
        """Removes frames without a record, so that new frames follow the last."""
        if not self.whole:
            text = "".join(json.dumps(record) + "\n" for record in self.records)
            write_atomically(self.index, lambda path: path.write_text(text))
        end = max((r["first"] + r["frames"] for r in self.records), default=0)
        with open(self.data, "ab") as data:
            data.truncate(self.bytes * end)


@contextlib.contextmanager
def _lock(path):
    # Not on every system; whoever only reads needs none
    import fcntl

    with open(path, "w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            logger.info(f"Waiting for another process that fills {path.parent}")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _flush(file):
    file.flush()
    os.fsync(file.fileno())
