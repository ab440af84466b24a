"""Sinkhorn-Knopp: a batch is shared out evenly among prototypes."""

import torch

from sb_contrastive.distributed import gather_over_ranks, rank, world_size


@torch.no_grad()
def sinkhorn(weights, iterations=3):
    """Scale positive weights so that all prototypes get alike and each item gives 1
    (Cuturi 2013, https://arxiv.org/abs/1306.0895; Caron et al. 2020,
    https://arxiv.org/abs/2006.09882, Eqs. 3-5).

    Arguments
    ---------
    weights : torch.Tensor
        Weights of 0 or more [N, K], of items and prototypes.
    iterations : int
        How often columns, then rows, are scaled.

    Returns
    -------
    torch.Tensor
        [N, K]; each row sums to 1, each column to about N / K.

    Example
    -------
    >>> sinkhorn(torch.tensor([[3.0, 1.0], [3.0, 1.0]]))
    tensor([[0.5000, 0.5000],
            [0.5000, 0.5000]])
    """
    N, K = weights.shape
    tiny = torch.finfo(
        weights.dtype
    ).tiny  # of a prototype that is far from all
    q = weights / weights.sum()
    for _ in range(iterations):
        q = q / q.sum(dim=0).clamp(min=tiny) / K
        q = q / q.sum(dim=1, keepdim=True).clamp(min=tiny) / N
    return q * N


@torch.no_grad()
def codes_of(weights, gather, more=None, iterations=3):
    """Share a batch out over all processes.

    Arguments
    ---------
    weights : torch.Tensor
        Of this process [B, K].
    gather : bool
        Whether processes have different items: in training.
    more : torch.Tensor, optional
        Weights of items that all processes hold, such as a queue [M, K].
    iterations : int
        See `sinkhorn`.

    Returns
    -------
    torch.Tensor
        Codes of this process [B, K].

    Example
    -------
    >>> codes_of(torch.eye(2), gather=True)
    tensor([[1., 0.],
            [0., 1.]])
    """
    B, first = len(weights), 0
    if gather and world_size() > 1:
        weights, first = gather_over_ranks(weights), rank() * B
    if more is not None:
        weights = torch.cat([weights, more.to(weights)])
    return sinkhorn(weights, iterations)[first : first + B]
