"""Freed memory stays with the process, unless somebody has chosen otherwise."""

import ctypes
import os
import platform
import subprocess
import sys

import pytest

from sb_contrastive.training import allocator

# A block that the C library maps from the system by itself goes back at once.
# The file of the module is run alone, since it needs no other.
MAPPED = """
import ctypes, runpy, sys
retain_freed_memory = runpy.run_path(sys.argv[2])["retain_freed_memory"]

class Info(ctypes.Structure):  # struct mallinfo2
    _fields_ = [(f"field_{i}", ctypes.c_size_t) for i in range(10)]

libc = ctypes.CDLL(None)
libc.mallinfo2.restype = Info
libc.malloc.restype = ctypes.c_void_p
done = sys.argv[1] == "keep" and retain_freed_memory()
before = libc.mallinfo2().field_3  # hblks, blocks mapped by themselves
libc.malloc(ctypes.c_size_t(30 << 20))
print(done, libc.mallinfo2().field_3 - before)
"""

pytestmark = pytest.mark.skipif(
    platform.libc_ver()[0] != "glibc"
    or not hasattr(ctypes.CDLL(None), "mallinfo2"),
    reason="the C library is not glibc, or older than 2.33",
)


def allocate(way, **variables):
    """(whether anything was set, whether a block of 30 MiB is mapped by itself)"""
    clean = {
        k: v
        for k, v in os.environ.items()
        if not k.startswith("MALLOC_") and k != "LD_PRELOAD"
    }
    out = subprocess.run(
        [sys.executable, "-c", MAPPED, way, allocator.__file__],
        env={**clean, **variables},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    ).stdout.split()
    return out[0] == "True", out[1] == "1"


def test_a_block_is_part_of_the_heap_that_stays():
    assert allocate("keep") == (True, False)
    assert allocate("leave") == (False, True)


def test_the_environment_has_the_last_word():
    assert allocate("keep", MALLOC_ARENA_MAX="2") == (False, True)
