"""Normalisation per utterance against PyTorch's instance norm on each row alone."""

import torch
from torch.nn import functional as F

from sb_contrastive.adapter.utterance_norm import utterance_norm
from sb_contrastive.encoders.padding.valid_frames import valid_frames


def test_equals_instance_norm_of_each_row_alone():
    frames, counts = 3 + 5 * torch.randn(3, 9, 4), [9, 5, 2]
    valid = valid_frames(torch.tensor(counts) / 9, 9)
    frames[~valid] = 1e6
    h = utterance_norm(frames, valid)
    for row, x, count in zip(h, frames, counts):
        alone = F.instance_norm(x[None, :count].transpose(1, 2))[0].T
        torch.testing.assert_close(row[:count], alone, rtol=1e-4, atol=1e-4)
        assert not row[count:].any()


def test_one_vector_becomes_zero():
    frames = torch.ones(1, 6, 3)
    h = utterance_norm(frames, torch.ones(1, 6).bool())
    assert not h.any()


def test_it_is_computed_in_float32():
    frames = 1000 + torch.randn(1, 50, 3)
    h = utterance_norm(frames.bfloat16(), torch.ones(1, 50).bool())
    assert h.dtype == torch.float32
