"""Cosines of vectors to the rows of a weight matrix."""

import torch
from torch.autograd.function import once_differentiable
from torch.nn import functional as F

SHORTEST = 1e-6  # lengths below it are not divided by


def cosines(z, weight):
    """Compute the cosine of each vector to each row of a matrix.

    The rows are not scaled to unit length, but the products are divided by
    their lengths, which is the same. Of 65 536 prototypes of 256 numbers a
    batch has few products, so that forward and backward pass take a third of
    the time.

    Arguments
    ---------
    z : torch.Tensor
        Vectors [..., D] of any length.
    weight : torch.Tensor
        [K, D], rows of any length.

    Returns
    -------
    torch.Tensor
        [..., K], in [-1, 1] up to rounding; float64 if `z` is, float32 otherwise.

    Example
    -------
    >>> cosines(torch.tensor([0.0, 3.0]), torch.tensor([[1.0, 1.0], [0.0, 2.0]]))
    tensor([0.7071, 1.0000])
    """
    if z.dtype != torch.float64:
        z = z.float()
    # A temperature of 0.04 turns bfloat16's step of 0.004 near 1 into 0.1
    with torch.autocast(z.device.type, enabled=False):
        unit = F.normalize(z, dim=-1, eps=SHORTEST)
        scores = _ToRows.apply(unit.reshape(-1, z.shape[-1]), weight.to(z))
    return scores.reshape(*z.shape[:-1], len(weight))


class _ToRows(torch.autograd.Function):
    """Products with the rows [K, D] over their lengths, of vectors [N, D]."""

    @staticmethod
    def forward(ctx, unit, weight):
        lengths = torch.linalg.vector_norm(weight, dim=-1)
        scores = F.linear(unit, weight) / lengths.clamp(min=SHORTEST)
        ctx.save_for_backward(unit, weight, lengths, scores)
        return scores

    @staticmethod
    @once_differentiable
    def backward(ctx, grad):
        unit, weight, lengths, scores = ctx.saved_tensors
        divided = grad / lengths.clamp(min=SHORTEST)  # [N, K]
        to_unit = divided @ weight if ctx.needs_input_grad[0] else None
        if not ctx.needs_input_grad[1]:
            return to_unit, None
        # d cos / d w = (u - cos w / |w|) / |w|, in one pass over the rows
        along = (grad * scores).sum(dim=0) / lengths.square()
        along = torch.where(lengths > SHORTEST, along, 0)
        to_weight = weight * -along[:, None]
        return to_unit, to_weight.addmm_(divided.T, unit)
