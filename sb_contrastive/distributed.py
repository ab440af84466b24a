"""What several processes that train together need of each other, silent no-ops in one."""

import torch
import torch.distributed as dist
import torch.distributed.nn.functional as dist_with_gradient


def world_size():
    """Number of processes that train together (1 when not distributed).

    Returns
    -------
    int

    Example
    -------
    >>> world_size()
    1
    """
    if dist.is_available() and dist.is_initialized():
        return dist.get_world_size()
    return 1


def rank():
    """Number of this process, from 0 (0 when not distributed).

    Returns
    -------
    int

    Example
    -------
    >>> rank()
    0
    """
    return dist.get_rank() if world_size() > 1 else 0


@torch.no_grad()
def mean_over_ranks(tensor):
    """Average of a tensor over all processes, without gradient.

    Every rank must hold the same number of utterances, which `drop_last`
    guarantees in training; then the mean of means is the global mean.

    Arguments
    ---------
    tensor : torch.Tensor
        Any shape, the same on each rank; left unchanged.

    Returns
    -------
    torch.Tensor
        The average, equal on each rank.

    Example
    -------
    >>> mean_over_ranks(torch.tensor([2.0]))
    tensor([2.])
    """
    if world_size() == 1:
        return tensor
    return sum_over_ranks(tensor) / world_size()


@torch.no_grad()
def sum_over_ranks(tensor):
    """Sum of a tensor over all processes, without gradient.

    Arguments
    ---------
    tensor : torch.Tensor
        Any shape, the same on each rank; left unchanged.

    Returns
    -------
    torch.Tensor
        The sum, equal on each rank.

    Example
    -------
    >>> sum_over_ranks(torch.tensor([2.0]))
    tensor([2.])
    """
    if world_size() == 1:
        return tensor
    total = tensor.clone()
    dist.all_reduce(total)
    return total


@torch.no_grad()
def copy_from_first_rank(tensors):
    """Makes tensors equal on all processes: they become those of rank 0.

    Arguments
    ---------
    tensors : iterable of torch.Tensor
        The same number and shapes on each rank; written in place.

    Example
    -------
    >>> copy_from_first_rank([torch.tensor([2.0])])
    """
    if world_size() == 1:
        return
    for tensor in tensors:
        dist.broadcast(tensor, src=0)


@torch.no_grad()
def gather_over_ranks(tensor):
    """Rows of all processes, rank after rank, without gradient.

    Arguments
    ---------
    tensor : torch.Tensor
        [B, ...], of the same shape on each rank.

    Returns
    -------
    torch.Tensor
        [W * B, ...], equal on each rank.

    Example
    -------
    >>> gather_over_ranks(torch.tensor([2, 3]))
    tensor([2, 3])
    """
    ranks = world_size()
    if ranks == 1:
        return tensor.detach()
    parts = [torch.empty_like(tensor) for _ in range(ranks)]
    dist.all_gather(parts, tensor.contiguous())
    return torch.cat(parts)


def gather_objects(item):
    """What each process has, rank after rank, of any size; slower than
    `gather_over_ranks`.

    Arguments
    ---------
    item : object
        What can be pickled, such as a tensor on the CPU.

    Returns
    -------
    list

    Example
    -------
    >>> gather_objects("mine")
    ['mine']
    """
    ranks = world_size()
    if ranks == 1:
        return [item]
    items = [None] * ranks
    dist.all_gather_object(items, item)
    return items


def gather_with_gradient(tensor):
    """Rows of all processes, rank after rank; the gradient flows back to the
    process that each row is from, summed over all that used it.

    DistributedDataParallel averages gradients, so that a loss which each rank
    takes as the mean over its own anchors has the gradient of the mean over
    all anchors, exactly.

    Arguments
    ---------
    tensor : torch.Tensor
        [B, ...], of the same shape on each rank.

    Returns
    -------
    torch.Tensor
        [W * B, ...].

    Example
    -------
    >>> gather_with_gradient(torch.tensor([2.0, 3.0]))
    tensor([2., 3.])
    """
    if world_size() == 1:
        return tensor
    return torch.cat(dist_with_gradient.all_gather(tensor))


def unwrap(module):
    """A network without what several processes wrap it in.

    Arguments
    ---------
    module : torch.nn.Module
        Maybe in a DistributedDataParallel.

    Returns
    -------
    torch.nn.Module

    Example
    -------
    >>> unwrap(torch.nn.Linear(2, 1))
    Linear(in_features=2, out_features=1, bias=True)
    """
    return getattr(module, "module", module)
