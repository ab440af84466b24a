"""Writes files that are either whole or absent."""

import errno
import os
from contextlib import contextmanager
from pathlib import Path

from sb_contrastive.process.leftovers import clear_leftovers


def write_atomically(path, write):
    """Write a file under a temporary name, then move it to its place in one step.

    Arguments
    ---------
    path : str or pathlib.Path
        The file; folders above it are made as needed.
    write : callable
        Function that is called with the temporary path and writes the content.

    Raises
    ------
    DiskError
        When the disk is full, see `disk_errors_name`.

    Example
    -------
    >>> folder = getfixture("tmp_path")
    >>> write_atomically(folder / "a.txt", lambda p: p.write_text("text"))
    >>> (folder / "a.txt").read_text()
    'text'
    """
    path = Path(path)
    with disk_errors_name(path):
        path.parent.mkdir(parents=True, exist_ok=True)
    clear_leftovers(path.parent, path.name)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with disk_errors_name(path):
            write(temporary)
            os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


class DiskError(OSError):
    """Says in one sentence that a file could not be written for lack of space."""


@contextmanager
def disk_errors_name(path):
    """Replaces the errors of a full disk by one sentence with the path: Python's
    error has no path, and torch's names its own source file.

    Arguments
    ---------
    path : str or pathlib.Path
        The file that the block writes.

    Raises
    ------
    DiskError
        In the place of those errors.

    Example
    -------
    >>> with disk_errors_name("results/a.ckpt"):
    ...     raise OSError(errno.ENOSPC, "No space left on device")
    Traceback (most recent call last):
    sb_contrastive.files.DiskError: cannot write results/a.ckpt (No space left on device): free some space and run the same command again
    """
    try:
        yield
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            raise
        raise _cannot_write(path, error.strerror) from error
    except RuntimeError as error:
        if not any(name in str(error) for name in _WRITERS):
            raise
        reason = "the disk did not take it: full, or over a quota"
        raise _cannot_write(path, reason) from error


# Words in the errors of libraries whose C or C++ part cannot write
_WRITERS = (
    *("PytorchStreamWriter", "inline_container", "iostream error"),
    "System error.",  # of libsndfile
)


def _cannot_write(path, reason):
    return DiskError(
        f"cannot write {path} ({reason}): free some space and run the same "
        f"command again"
    )
