"""The few collective operations that losses and monitors need, silent no-ops in one process."""

import torch
import torch.distributed as dist


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
    ranks = world_size()
    if ranks == 1:
        return tensor
    total = tensor.clone()
    dist.all_reduce(total)
    return total / ranks
