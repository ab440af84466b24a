"""The peak is what has been held at once, and never falls."""

import torch

from sb_contrastive.brains.logs import peak_memory
from sb_contrastive.brains.logs.peak_memory import peak_memory_gib


def test_a_block_raises_the_peak_by_its_size(forked, tmp_path):
    def hold():
        before = peak_memory_gib("cpu")
        block = torch.ones(2**28)  # 1 GiB
        during = peak_memory_gib("cpu")
        del block
        peaks = before, during, peak_memory_gib("cpu")
        torch.save(peaks, tmp_path / "peaks.pt")

    # In a process of its own, which has not held what this one has
    assert forked(hold) == [0]
    before, during, after = torch.load(tmp_path / "peaks.pt")
    assert 0.9 < during - before < 1.1
    assert after > during - 0.01  # the kernel counts pages in batches


def test_systems_that_tell_it_otherwise_or_not_at_all(monkeypatch, tmp_path):
    monkeypatch.setattr(peak_memory, "STATUS", tmp_path / "none")
    assert peak_memory_gib("cpu") > 0.1
    monkeypatch.setattr(peak_memory, "resource", None)
    assert peak_memory_gib("cpu") is None
