"""Communication between processes that train together; with one process, nothing is sent."""

import torch
import torch.distributed as dist
import torch.distributed.nn.functional as dist_with_gradient


def world_size():
    """Return the number of processes that train together (1 when not distributed).

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
    """Return the number of this process, from 0 (0 when not distributed).

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
    """Average a tensor over all processes, without gradient.

    Every rank must hold the same number of utterances, which `drop_last`
    guarantees in training. Only then is the mean of means the global mean.

    Arguments
    ---------
    tensor : torch.Tensor
        A tensor of the same shape on each rank; it is left unchanged.

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
    """Sum a tensor over all processes, without gradient.

    Arguments
    ---------
    tensor : torch.Tensor
        A tensor of the same shape on each rank; it is left unchanged.

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
    """Overwrite tensors on all processes with those of rank 0.

    Arguments
    ---------
    tensors : iterable of torch.Tensor
        Tensors of the same number and shapes on each rank, written in place.

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
    """Gather the rows of all processes, rank after rank, without gradient.

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
    tensor = tensor.contiguous()  # before the copies take over its strides
    parts = [torch.empty_like(tensor) for _ in range(ranks)]
    dist.all_gather(parts, tensor)
    return torch.cat(parts)


def gather_objects(item):
    """Gather an object of each process, rank after rank. The objects may have
    any size; this is slower than `gather_over_ranks`.

    Arguments
    ---------
    item : object
        Anything that can be pickled, such as a tensor on the CPU.

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


def gather_dict(own):
    """Join the dictionaries of all processes, whose keys differ.

    Arguments
    ---------
    own : dict
        Of this process; see `gather_objects`.

    Returns
    -------
    dict

    Example
    -------
    >>> gather_dict({2: "mine"})
    {2: 'mine'}
    """
    every = {}
    for part in gather_objects(own):
        every |= part
    return every


def gather_with_gradient(tensor):
    """Gather the rows of all processes, rank after rank, with gradient.

    The gradient of a row flows back to the process that it is from, summed over
    all processes that used it. DistributedDataParallel averages gradients: a
    loss that is the mean over the anchors of each rank therefore has exactly the
    gradient of the mean over all anchors.

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
    gathered = torch.cat(dist_with_gradient.all_gather(tensor))
    if gathered.requires_grad:
        # Processes exchange gradients by their places in memory
        gathered.register_hook(lambda gradient: gradient.contiguous())
    return gathered


def unwrap(module):
    """Return a network without its DistributedDataParallel wrapper.

    Arguments
    ---------
    module : torch.nn.Module
        A network, wrapped or not.

    Returns
    -------
    torch.nn.Module

    Example
    -------
    >>> unwrap(torch.nn.Linear(2, 1))
    Linear(in_features=2, out_features=1, bias=True)
    """
    return getattr(module, "module", module)
