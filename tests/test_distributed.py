"""Collective operations, in one process and in two."""

import torch

from sb_contrastive.distributed import (
    copy_from_first_rank,
    gather_over_ranks,
    gather_with_gradient,
    mean_over_ranks,
    rank,
    sum_over_ranks,
    world_size,
)


def test_one_process_is_its_own_mean():
    values = torch.tensor([1.0, -2.0], requires_grad=True)
    assert world_size() == 1
    assert torch.equal(mean_over_ranks(values), values)
    assert torch.equal(sum_over_ranks(values), values)
    copy_from_first_rank([values])
    assert values.tolist() == [1, -2]


def test_one_process_gathers_itself():
    values = torch.tensor([1.0, -2.0], requires_grad=True)
    assert rank() == 0
    assert torch.equal(gather_over_ranks(values), values)
    assert not gather_over_ranks(values).requires_grad
    gather_with_gradient(values).sum().backward()
    assert values.grad.tolist() == [1, 1]


def test_mean_and_gathers_of_two_processes(two_ranks):
    for number, result in enumerate(two_ranks(collectives)):
        assert result["rank"] == number
        assert result["world_size"] == 2
        # 0 and 10 on rank 0, 1 and 30 on rank 1
        assert torch.equal(result["mean"], torch.tensor([0.5, 20.0]))
        assert torch.equal(result["sum"], torch.tensor([1.0, 40.0]))
        assert result["copy"].tolist() == [0, 10]
        assert result["second copy"] == 0
        assert torch.equal(
            result["given"], torch.tensor([[0.0, 10.0], [1.0, 30.0]][number])
        )
        assert not result["mean"].requires_grad
        for kind in ("plain", "differentiable"):
            assert result[kind].tolist() == [0, 10, 1, 30]
        assert not result["plain"].requires_grad
        # Weights 1, 2, 3, 4 on rank 0 and ten times as much on rank 1: a row
        # has its gradient from both
        assert result["slope"].tolist() == [[11, 22], [33, 44]][number]


def collectives(number):
    """Return what every operation gives on the rank of this number."""
    given = torch.tensor([[0.0, 10.0], [1.0, 30.0]][number], requires_grad=True)
    copies = [given.detach().clone(), torch.tensor(number)]
    copy_from_first_rank(copies)
    everything = gather_with_gradient(given)
    weights = torch.tensor([1.0, 2.0, 3.0, 4.0]) * 10**number
    (everything * weights).sum().backward()
    return {
        "mean": mean_over_ranks(given),
        "sum": sum_over_ranks(given),
        "copy": copies[0],
        "second copy": copies[1],
        "given": given.detach(),
        "world_size": world_size(),
        "rank": rank(),
        "plain": gather_over_ranks(given),
        "differentiable": everything.detach(),
        "slope": given.grad,
    }


def test_a_gradient_may_have_any_strides(two_ranks):
    def slope(rank):
        given = torch.zeros(2, 3, requires_grad=True)
        weights = torch.arange(12.0).view(3, 4) * 10**rank
        (gather_with_gradient(given).T * weights).sum().backward()
        return given.grad

    for number, found in enumerate(two_ranks(slope)):
        weights = 11 * torch.arange(12.0).view(3, 4).T
        assert torch.equal(found, weights[2 * number :][:2])
