"""MeanEntropyLoss against loops, a value of a reference and two processes."""

import math

import pytest
import torch
from torch.nn import functional as F

from sb_contrastive.losses import MeanEntropyLoss


def golden(N, D, a, b, c):
    i = torch.arange(N, dtype=torch.float64)[:, None]
    j = torch.arange(D, dtype=torch.float64)
    return torch.sin(a * i**2 + b * j + c * i * j)


def test_equals_the_value_of_the_reference():
    anchors = F.normalize(golden(8, 5, 0.25, 0.9, 0.6), dim=1)
    prototypes = F.normalize(golden(4, 5, 0.35, 1.2, 0.45), dim=1)
    p = (anchors @ prototypes.T / 0.1).softmax(dim=1)
    assert MeanEntropyLoss()(p).item() == pytest.approx(0.0162197007, abs=1e-9)


def test_equals_the_loop_and_has_its_gradient():
    p = torch.rand(5, 3, dtype=torch.float64).softmax(dim=1)
    slow = math.log(3)
    for k in range(3):
        share = sum(p[n, k].item() for n in range(5)) / 5
        slow += share * math.log(share)
    assert MeanEntropyLoss()(p).item() == pytest.approx(slow, rel=1e-9)
    assert torch.autograd.gradcheck(MeanEntropyLoss(), p.requires_grad_())


def test_an_unused_prototype_gives_a_finite_gradient():
    p = torch.eye(3)[:2].requires_grad_()
    MeanEntropyLoss()(p).backward()
    assert p.grad.isfinite().all()


def test_two_processes_equal_one(two_ranks):
    p = torch.rand(4, 6).softmax(dim=1)

    def half(rank):
        mine = p[2 * rank : 2 * rank + 2].clone().requires_grad_()
        loss = MeanEntropyLoss()(mine)
        loss.backward()
        return {"loss": loss.detach(), "grad": mine.grad}

    whole = p.clone().requires_grad_()
    MeanEntropyLoss()(whole).backward()
    for rank, found in enumerate(two_ranks(half)):
        torch.testing.assert_close(found["loss"], MeanEntropyLoss()(p))
        # As DistributedDataParallel averages gradients over two processes
        mine = whole.grad[2 * rank : 2 * rank + 2]
        torch.testing.assert_close(found["grad"] / 2, mine)
