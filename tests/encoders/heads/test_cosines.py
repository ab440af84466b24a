"""Cosines and their gradients are those of vectors of unit length."""

import torch
from torch.nn import functional as F

from sb_contrastive.encoders.heads.cosines import cosines


def test_the_same_as_unit_vectors():
    torch.manual_seed(0)
    z = torch.randn(3, 5, 7, dtype=torch.float64, requires_grad=True)
    weight = torch.randn(11, 7, dtype=torch.float64, requires_grad=True)
    pull = torch.randn(3, 5, 11, dtype=torch.float64)
    results = []
    for way in (
        cosines,
        lambda z, w: F.normalize(z, dim=-1) @ F.normalize(w, dim=-1).T,
    ):
        value = way(z, weight)
        grads = torch.autograd.grad((value * pull).sum(), [z, weight])
        results.append([value, *grads])
    for one, other in zip(*results):
        torch.testing.assert_close(one, other, rtol=1e-12, atol=1e-12)


def test_gradients_by_differences():
    torch.manual_seed(0)
    z = torch.randn(2, 4, dtype=torch.float64, requires_grad=True)
    weight = torch.randn(3, 4, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(cosines, (z, weight))


def test_rows_and_vectors_of_no_length_give_zero():
    z = torch.zeros(2, 4, requires_grad=True)
    weight = torch.zeros(3, 4, requires_grad=True)
    value = cosines(z, weight)
    value.sum().backward()
    assert not value.any()
    assert z.grad.isfinite().all() and weight.grad.isfinite().all()
