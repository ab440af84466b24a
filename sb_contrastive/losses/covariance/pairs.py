"""Prepares the two sides of pairs for statistics over a batch."""

import torch

from sb_contrastive.distributed import gather_with_gradient


def gathered_pairs(name, z1, z2, gather):
    """Gather the two sides of all processes, in float32 or float64.

    Arguments
    ---------
    name : str
        Name of the loss, for messages.
    z1 : torch.Tensor
        One side [B, D].
    z2 : torch.Tensor
        The other side [B, D].
    gather : bool
        Whether to gather over processes, with gradient. This is for training,
        where each process has other utterances.

    Returns
    -------
    tuple of torch.Tensor
        Both sides [N, D]; float64 stays float64.

    Raises
    ------
    ValueError
        If the shapes differ, or there is one pair, which has no variance.

    Example
    -------
    >>> gathered_pairs("VICReg", torch.zeros(1, 3), torch.zeros(1, 3), True)
    Traceback (most recent call last):
    ValueError: VICReg needs the variance of at least two pairs, got 1
    """
    if z1.ndim != 2 or z1.shape != z2.shape:
        raise ValueError(
            f"{name} needs two sides of the same shape [N, D], got "
            f"{list(z1.shape)} and {list(z2.shape)}"
        )
    z1, z2 = (z if z.dtype == torch.float64 else z.float() for z in (z1, z2))
    if gather:
        z1, z2 = gather_with_gradient(z1), gather_with_gradient(z2)
    if len(z1) < 2:
        raise ValueError(
            f"{name} needs the variance of at least two pairs, got {len(z1)}"
        )
    return z1, z2
