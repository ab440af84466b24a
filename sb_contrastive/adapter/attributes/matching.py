"""Matches the clusters of a new fit with those of the old one."""

import torch


def matched_order(old, new):
    """Find the one-to-one match of least summed squared distance (Hungarian method).

    Arguments
    ---------
    old : torch.Tensor
        Centroids [K, D].
    new : torch.Tensor
        Centroids [K, D] in any order.

    Returns
    -------
    torch.Tensor
        Whole numbers [K]: row k of `new[order]` matches row k of `old`.

    Example
    -------
    >>> matched_order(torch.tensor([[0.0], [5.0]]), torch.tensor([[6.0], [1.0]]))
    tensor([1, 0])
    """
    # Imported late, because only a second fit needs it
    from scipy.optimize import linear_sum_assignment

    distances = torch.cdist(old.double(), new.double()).square()
    _, order = linear_sum_assignment(distances.cpu().numpy())
    return torch.from_numpy(order).to(old.device)
