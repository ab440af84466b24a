"""Gives the clusters of a new fit the numbers of the old ones that they continue."""

import torch


def matched_order(old, new):
    """One-to-one match of least summed squared distance (Hungarian method).

    Arguments
    ---------
    old : torch.Tensor
        Centroids [K, D].
    new : torch.Tensor
        Centroids [K, D] in any order.

    Returns
    -------
    torch.Tensor
        Whole numbers [K]: `new[order]` has for each old centroid its match.

    Example
    -------
    >>> matched_order(torch.tensor([[0.0], [5.0]]), torch.tensor([[6.0], [1.0]]))
    tensor([1, 0])
    """
    # Late: only a second fit needs it
    from scipy.optimize import linear_sum_assignment

    distances = torch.cdist(old.double(), new.double()).square()
    _, order = linear_sum_assignment(distances.cpu().numpy())
    return torch.from_numpy(order).to(old.device)
