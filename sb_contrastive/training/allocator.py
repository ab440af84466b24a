"""Memory that a training step has freed stays with the process, for the next step.

The C library of Linux gives blocks above some size back to the system at once,
and every step pays again for pages filled with zeros. On one core of a server
that is a fifth to a quarter of a step of a small network
(`benchmarks/bench_kept_memory.py`).
"""

import ctypes
import os
import platform

# malloc.h of glibc
_TRIM_THRESHOLD, _TOP_PAD, _MMAP_THRESHOLD = -1, -2, -3
_SETTINGS = {
    _MMAP_THRESHOLD: 32 << 20,  # bytes; the most that it takes
    _TRIM_THRESHOLD: (1 << 31) - 1,
    _TOP_PAD: 64 << 20,
}


def retain_freed_memory():
    """Has the C library keep freed blocks of up to 32 MiB; does nothing where
    it is not glibc, or where a MALLOC_ variable of the environment or a
    preloaded allocator says what is wanted.

    Returns
    -------
    bool
        Whether anything was set.

    Example
    -------
    >>> retain_freed_memory() in (True, False)
    True
    """
    chosen = any(key.startswith("MALLOC_") for key in os.environ)
    if chosen or "LD_PRELOAD" in os.environ:
        return False
    if platform.libc_ver()[0] != "glibc":
        return False
    libc = ctypes.CDLL(None)
    return all([libc.mallopt(*setting) for setting in _SETTINGS.items()])
