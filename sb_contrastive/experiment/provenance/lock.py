"""An output folder belongs to one run at a time."""

import contextlib
import os
import shutil
import time

from speechbrain.utils.distributed import if_main_process

from sb_contrastive.files import DiskError

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None

FILE = ".lock"
PATIENCE = 5.0  # seconds: a run that was killed may still be ending
LEAST_FREE = 50 * 2**20  # bytes: less holds no checkpoint


@contextlib.contextmanager
def locked(folder, patience=PATIENCE):
    """Keep an output folder to this process, and those that train with it.

    The kernel releases the lock when the process ends, however it ends.

    Arguments
    ---------
    folder : pathlib.Path
        Is made if need be.
    patience : float
        Seconds to wait for a run that is ending.

    Raises
    ------
    RuntimeError
        When another run has the folder.
    DiskError
        When its disk is full.

    Example
    -------
    >>> folder = getfixture("tmp_path") / "results"
    >>> with locked(folder):
    ...     print((folder / ".lock").read_text() == str(os.getpid()))
    True
    """
    if not if_main_process():
        yield
        return
    folder.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(folder).free
    if free < LEAST_FREE:
        raise DiskError(
            f"{free / 2**20:.0f} MB are free for {folder}: a run needs more, "
            f"free some space and run the same command again"
        )
    # A record lock: processes that read audio do not inherit it
    with open(folder / FILE, "a+", encoding="utf-8") as file:
        _take(file, folder, patience)
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield


def _take(file, folder, patience):
    until = time.monotonic() + patience
    while fcntl is not None:
        try:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except (BlockingIOError, PermissionError):
            if time.monotonic() < until:
                time.sleep(0.1)
                continue
        except OSError:  # a file system without locks
            return
        file.seek(0)
        raise RuntimeError(
            f"another run (process {file.read() or 'unknown'}) is at work in "
            f"{folder}: wait until it has ended, or give another "
            f"--output_folder"
        )
