"""Temporary files and folders of this project: they carry the number of their process, and are cleared once it is dead."""

import contextlib
import glob
import os
import re
import shutil
import tempfile
from pathlib import Path

TEMPORARY = (
    "sb_contrastive"  # how folders among the system's temporary ones begin
)


def clear_leftovers(folder, name):
    """Delete what dead processes have left of a file or folder that they were
    writing: `.NAME.PROCESS`, and what begins so.

    Arguments
    ---------
    folder : str or pathlib.Path
        Where it is written.
    name : str
        Its name.

    Example
    -------
    >>> folder = getfixture("tmp_path")
    >>> for process in (os.getpid(), 2**30):
    ...     (folder / f".a.ckpt.{process}").touch()
    >>> clear_leftovers(folder, "a.ckpt")
    >>> [p.name == f".a.ckpt.{os.getpid()}" for p in folder.iterdir()]
    [True]
    """
    prefix = f".{name}."
    for path in Path(folder).glob(f"{glob.escape(prefix)}*"):
        number = re.match(r"\d+(?=\.|$)", path.name.removeprefix(prefix))
        if number and not is_alive(int(number[0])):
            _delete(path)


def is_alive(process):
    """Tell whether a process of this machine is running.

    Arguments
    ---------
    process : int
        Its ID.

    Returns
    -------
    bool

    Example
    -------
    >>> is_alive(os.getpid()), is_alive(2**30)
    (True, False)
    """
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:  # of another user
        return True
    return True


@contextlib.contextmanager
def temporary_folder():
    """Open a folder among the system's temporary ones, which is deleted after
    the block; those of processes that were killed are deleted first.

    Yields
    ------
    str

    Example
    -------
    >>> with temporary_folder() as folder:
    ...     os.path.isdir(folder)
    True
    """
    place = Path(tempfile.gettempdir())
    for path in place.glob(f"{TEMPORARY}-*-*"):
        number = path.name.split("-")[1]
        mine = (
            path.stat().st_uid == os.getuid() if hasattr(os, "getuid") else True
        )
        if mine and number.isdecimal() and not is_alive(int(number)):
            _delete(path)
    prefix = f"{TEMPORARY}-{os.getpid()}-"
    with tempfile.TemporaryDirectory(prefix=prefix) as folder:
        yield folder


def _delete(path):
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        with contextlib.suppress(OSError):
            path.unlink()
