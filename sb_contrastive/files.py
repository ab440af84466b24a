"""Files that are either whole or absent."""

import os
from pathlib import Path


def write_atomically(path, write):
    """Writes a file beside its place, then moves it there in one step.

    Arguments
    ---------
    path : str or pathlib.Path
        Where the file shall be; folders are made as needed.
    write : callable
        Called with the temporary path; writes the content.

    Example
    -------
    >>> folder = getfixture("tmp_path")
    >>> write_atomically(folder / "a.txt", lambda p: p.write_text("whole"))
    >>> (folder / "a.txt").read_text()
    'whole'
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        write(temporary)
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)
