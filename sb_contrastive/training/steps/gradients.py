"""Clipping of gradients by the norm of all of them."""

import torch


def clip_gradients(optimizer, limit):
    """Scales the gradients of all parameter groups down to a common norm.
    SpeechBrain's Brain clips the first group alone.

    Arguments
    ---------
    optimizer : torch.optim.Optimizer
        Its groups hold the parameters.
    limit : float
        Largest norm; 0: none.

    Returns
    -------
    torch.Tensor
        The norm before clipping, scalar.

    Example
    -------
    >>> layer = torch.nn.Linear(1, 1)
    >>> layer.weight.grad, layer.bias.grad = torch.full([1, 1], 3.0), torch.full([1], 4.0)
    >>> optimizer = torch.optim.SGD(
    ...     [{"params": [layer.weight]}, {"params": [layer.bias]}], lr=0.1
    ... )
    >>> clip_gradients(optimizer, limit=1.0)
    tensor(5.)
    >>> round(layer.bias.grad.item(), 4)
    0.8
    """
    every = [p for g in optimizer.param_groups for p in g["params"]]
    return torch.nn.utils.clip_grad_norm_(
        every, limit if limit > 0 else float("inf")
    )
