"""The peak is at least what has been held, and never falls."""

import torch

from sb_contrastive.brains import peak_memory
from sb_contrastive.brains.peak_memory import peak_memory_gib


def test_a_block_raises_the_peak_by_its_size():
    before = peak_memory_gib("cpu")
    blocks = []
    while len(blocks) * 0.25 < before + 0.5:  # GiB
        blocks.append(torch.ones(2**26))
    peak = peak_memory_gib("cpu")
    assert peak >= len(blocks) * 0.25 > before
    del blocks
    assert peak_memory_gib("cpu") >= peak


def test_where_the_system_does_not_tell(monkeypatch):
    monkeypatch.setattr(peak_memory, "resource", None)
    assert peak_memory_gib("cpu") is None
