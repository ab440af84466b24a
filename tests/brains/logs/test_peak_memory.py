"""The peak is what has been held at once, and never falls."""

import subprocess
import sys

from sb_contrastive.brains.logs import peak_memory
from sb_contrastive.brains.logs.peak_memory import peak_memory_gib

HOLD = """
import torch
from sb_contrastive.brains.logs.peak_memory import peak_memory_gib

before = peak_memory_gib("cpu")
block = torch.ones(2**28)  # 1 GiB
during = peak_memory_gib("cpu")
del block
print(before, during, peak_memory_gib("cpu"))
"""


def test_a_block_raises_the_peak_by_its_size():
    # In a process of its own, which has not held what this one has
    out = subprocess.check_output([sys.executable, "-c", HOLD], text=True)
    before, during, after = map(float, out.split())
    assert 0.9 < during - before < 1.1
    assert after > during - 0.01  # the kernel counts pages in batches


def test_systems_that_tell_it_otherwise_or_not_at_all(monkeypatch, tmp_path):
    monkeypatch.setattr(peak_memory, "STATUS", tmp_path / "none")
    assert peak_memory_gib("cpu") > 0.1
    monkeypatch.setattr(peak_memory, "resource", None)
    assert peak_memory_gib("cpu") is None
