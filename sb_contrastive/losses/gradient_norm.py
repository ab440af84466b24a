"""The norm of the gradient of a loss at the tensors that it is computed from."""

import torch

from sb_contrastive.distributed import sum_over_ranks, world_size


def gradient_norm(loss, tensors):
    """Norm of the gradient of a loss, over all processes, without waiting for
    the device. The graph stays, for the backward pass that follows.

    Arguments
    ---------
    loss : torch.Tensor
        Scalar.
    tensors : list of torch.Tensor
        What the gradient is taken for; those that the loss does not depend on
        count as 0.

    Returns
    -------
    torch.Tensor
        Root of the sum of squares over all tensors, as one process with the
        joined batch would have it; scalar.

    Example
    -------
    >>> x = torch.tensor([3.0, 4.0], requires_grad=True)
    >>> gradient_norm(x.square().sum(), [x])
    tensor(10.)
    """
    slopes = torch.autograd.grad(
        loss, tensors, retain_graph=True, allow_unused=True
    )
    square = sum(
        slope.float().square().sum() for slope in slopes if slope is not None
    )
    # Each process has W times the gradient of the joined batch in its rows,
    # since gradients are averaged afterwards
    return sum_over_ranks(square).sqrt() / world_size()
