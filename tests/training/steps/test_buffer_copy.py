"""Buffers come back as they were, and weights are left alone."""

import torch

from sb_contrastive.training.steps.buffer_copy import BufferCopy


def test_buffers_are_put_back_bit_for_bit():
    norm = torch.nn.BatchNorm1d(3)
    norm(torch.randn(5, 3))
    copy = BufferCopy([norm])
    copy.take()
    before = {k: v.clone() for k, v in norm.state_dict().items()}
    norm(torch.full([5, 3], float("nan")))
    with torch.no_grad():
        norm.weight += 1
    assert norm.running_mean.isnan().all()
    copy.put_back()
    for name, buffer in norm.named_buffers():
        assert torch.equal(buffer, before[name]), name
    assert not torch.equal(norm.weight, before["weight"])


def test_modules_without_buffers_are_no_obstacle():
    copy = BufferCopy([torch.nn.Linear(1, 1)])
    copy.take()
    copy.put_back()
