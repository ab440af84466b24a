"""Batch norm over two processes, against that of PyTorch over the joined batch."""

import pytest
import torch

from sb_contrastive.training.batch_norm import (
    SyncedBatchNorm,
    synchronise_batch_norm,
)


def network():
    torch.manual_seed(0)
    return torch.nn.Sequential(
        torch.nn.BatchNorm1d(3),
        torch.nn.Conv1d(3, 4, 2),
        torch.nn.BatchNorm1d(4, momentum=None, affine=False),
    ).double()


def rows():
    generator = torch.Generator().manual_seed(1)
    return torch.randn(7, 3, 5, generator=generator).double()


def step(net, x):
    """Two steps, as running statistics need; the slope of the second."""
    for _ in range(2):
        net.zero_grad()
        y = net(x)
        weights = torch.arange(y[0].numel()).view_as(y[0]) / 10
        (y.square() * weights).sum().backward()
    return {n: p.grad for n, p in net.named_parameters()}


@pytest.mark.parametrize("cut", [3, 5])  # rows of the first process
def test_two_processes_equal_one(two_ranks, tmp_path, cut):
    def half(rank):
        net = synchronise_batch_norm(network())
        slopes = step(net, rows()[:cut] if rank == 0 else rows()[cut:])
        torch.save((slopes, net.state_dict()), tmp_path / f"{rank}.pt")

    two_ranks(half)
    whole = network()
    expected = step(whole, rows())
    (first, state), (second, other) = (
        torch.load(tmp_path / f"{rank}.pt") for rank in range(2)
    )
    for name, slope in expected.items():
        torch.testing.assert_close(first[name] + second[name], slope)
    for name, tensor in whole.state_dict().items():
        torch.testing.assert_close(state[name], tensor)
        assert torch.equal(state[name], other[name]), name


def test_one_process_is_as_before():
    plain, synced = network(), synchronise_batch_norm(network())
    assert isinstance(synced[0], SyncedBatchNorm)
    assert plain.state_dict().keys() == synced.state_dict().keys()
    for training in (True, False):
        x = rows()
        assert torch.equal(plain.train(training)(x), synced.train(training)(x))


def test_parameters_stay_themselves_and_frozen_ones_frozen():
    net = network().requires_grad_(False).eval()
    weight = net[0].weight
    synced = synchronise_batch_norm(net)
    assert synced[0].weight is weight and not weight.requires_grad
    assert not synced[0].training
