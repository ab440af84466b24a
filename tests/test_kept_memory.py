"""Freed memory is found again by the next allocation, unless somebody has chosen otherwise."""

import os
import platform
import subprocess
import sys

import pytest

FAULTS = """
import resource, sys
import torch
from sb_contrastive.kept_memory import keep_freed_memory

def faults():
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt

done = sys.argv[1] == "keep" and keep_freed_memory()
def step():  # eight blocks of 16 MiB, as a step's activations
    blocks = [torch.ones(4 << 20) for _ in range(8)]

step()
before = faults()
for _ in range(10):
    step()
print(done, faults() - before)
"""


def allocate(way, **variables):
    """(whether anything was set, page faults of ten steps)"""
    clean = {
        k: v
        for k, v in os.environ.items()
        if not k.startswith("MALLOC_") and k != "LD_PRELOAD"
    }
    out = subprocess.run(
        [sys.executable, "-c", FAULTS, way],
        env={**clean, **variables},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    ).stdout.split()
    return out[0] == "True", int(out[1])


@pytest.mark.skipif(
    platform.libc_ver()[0] != "glibc", reason="the C library is not glibc"
)
def test_a_freed_block_is_used_again():
    set_, few = allocate("keep")
    _, many = allocate("leave")
    assert set_ and few < many / 5


def test_the_environment_has_the_last_word():
    assert allocate("keep", MALLOC_ARENA_MAX="2")[0] is False
