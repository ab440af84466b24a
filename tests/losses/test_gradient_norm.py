"""The norm of a gradient against autograd, in one process and in two."""

import pytest
import torch

from sb_contrastive.losses.gradient_norm import gradient_norm


def test_it_is_the_norm_over_all_tensors():
    x, y = torch.randn(3, 4), torch.randn(5)
    x.requires_grad_(), y.requires_grad_()
    loss = x.square().sum() + (3 * y).sin().sum()
    norm = gradient_norm(loss, [x, y])
    loss.backward()  # the graph is still there
    slopes = torch.cat([x.grad.flatten(), y.grad])
    torch.testing.assert_close(norm, slopes.norm())
    assert not norm.requires_grad


def test_what_the_loss_does_not_depend_on_counts_as_nothing():
    x, y = torch.ones(2, requires_grad=True), torch.ones(2, requires_grad=True)
    assert gradient_norm((3 * x).sum(), [x, y]).item() == pytest.approx(
        3 * 2**0.5
    )


def test_two_processes_have_the_norm_of_the_joined_batch(two_ranks, one_thread):
    rows = torch.randn(6, 3, generator=torch.Generator().manual_seed(0))

    def norm(rank=None):
        own = rows if rank is None else rows[3 * rank : 3 * rank + 3]
        own = own.clone().requires_grad_()
        return gradient_norm(own.exp().sum(dim=1).mean(), [own])

    first, second = two_ranks(norm)
    torch.testing.assert_close(first, norm())
    assert torch.equal(first, second)
