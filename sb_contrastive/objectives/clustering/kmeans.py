"""K-means on the unit sphere."""

import torch
from torch.nn import functional as F

from sb_contrastive.data.randomness import keyed_generator

MOST_COSINES = 2**26  # in memory at a time


@torch.no_grad()
def spherical_kmeans(z, clusters, key, iterations=10):
    """Cluster unit vectors by their cosine (Dhillon & Modha 2001; with these
    settings in Caron et al. 2020, https://arxiv.org/abs/2006.09882).

    Centroids begin as rows drawn at random; one that no row is nearest to stays
    where it is.

    Arguments
    ---------
    z : torch.Tensor
        Raw vectors [N, D].
    clusters : int
        K, at most N.
    key : tuple
        What the draw depends on, see `keyed_generator`.
    iterations : int
        How often centroids move.

    Returns
    -------
    tuple of torch.Tensor
        Unit centroids [K, D], and the nearest of each row [N].

    Raises
    ------
    ValueError
        If there are fewer rows than clusters.

    Example
    -------
    >>> z = torch.tensor([[1.0, 0.0], [0.9, 0.1], [0.0, 1.0], [0.1, 0.9]])
    >>> a, b, c, d = spherical_kmeans(z, 2, key=(1,))[1].tolist()
    >>> a == b, c == d, a == c
    (True, True, False)
    """
    N = len(z)
    if N < clusters:
        raise ValueError(
            f"{N} utterances cannot make {clusters} clusters: set --clusters "
            f"lower or give more unlabelled audio"
        )
    z = F.normalize(z.float(), dim=1)
    drawn = keyed_generator(*key).choice(N, clusters, replace=False)
    centroids = z[torch.from_numpy(drawn).to(z.device)]
    for _ in range(iterations):
        nearest = nearest_centroid(z, centroids)  # [N]
        sums = torch.zeros_like(centroids).index_add_(0, nearest, z)
        filled = sums.norm(dim=1, keepdim=True) > 0
        centroids = torch.where(filled, F.normalize(sums, dim=1), centroids)
    return centroids, nearest_centroid(z, centroids)


def nearest_centroid(z, centroids):
    """Find the centroid of the largest cosine.

    Arguments
    ---------
    z : torch.Tensor
        Vectors [N, D].
    centroids : torch.Tensor
        Unit centroids [K, D].

    Returns
    -------
    torch.Tensor
        [N], from 0 to K - 1.

    Example
    -------
    >>> nearest_centroid(torch.tensor([[0.1, 0.9]]), torch.eye(2))
    tensor([1])
    """
    parts = [
        (rows @ centroids.T).argmax(dim=1) for rows in parts_of(z, centroids)
    ]
    return torch.cat(parts)


def parts_of(z, centroids):
    """Cut rows [N, D] into parts that can be compared with all centroids at once: a
    million of each would fill terabytes."""
    return z.split(max(MOST_COSINES // len(centroids), 1))
