"""Groups embeddings by average linkage, after k-means where there are too many."""

import numpy as np

from sb_contrastive.evaluation.clustering.kmeans import (
    k_means_library,
    small_groups,
)

MOST = 20000  # items whose N^2 distances are held
CENTRES = 10000  # of k-means, where there are more items


def average_linkage(vectors, threshold=None, number=None, seed=1986):
    """Merge the two groups whose members have the highest mean cosine, again and
    again.

    Above 20 000 items, k-means first makes 10 000 small groups, which are then
    merged. The mean cosine of the pairs between two groups is the inner product
    of their mean unit vectors, so the threshold keeps its meaning.

    Arguments
    ---------
    vectors : numpy.ndarray
        Unit vectors [N, D].
    threshold : float, optional
        Stop when no two groups have a mean cosine above it; or
    number : int, optional
        stop at this many groups.
    seed : int
        Of k-means.

    Returns
    -------
    labels : numpy.ndarray
        Group of each item [N], from 0, in the order of their first items.
    cosines : numpy.ndarray
        Mean cosine of the two groups of each merge, of all that are possible.

    Example
    -------
    >>> degrees = np.radians([0, 90, 20, 80])
    >>> z = np.column_stack([np.cos(degrees), np.sin(degrees)])
    >>> labels, cosines = average_linkage(z, threshold=0.5)
    >>> labels.tolist(), cosines.round(2).tolist()
    ([0, 1, 0, 1], [0.98, 0.94, 0.25])
    """
    from scipy.cluster.hierarchy import linkage  # slow to import

    if len(vectors) < 2:
        return np.zeros(len(vectors), int), np.zeros(0)
    means, member = vectors, np.arange(len(vectors))
    if len(vectors) > MOST:
        means, member = small_groups(vectors, CENTRES, seed)
    # scikit-learn calls the same function, with four times the memory
    tree = linkage(_distances(means), "average")
    cosines = 1 - tree[:, 2]
    merges = int((cosines > threshold).sum()) if number is None else None
    if number is not None:
        merges = max(len(means) - number, 0)
    return _in_order(_cut(tree, merges)[member]), cosines


def library_before(N):
    """Tell which library makes small groups of so many items first; None where
    there are few enough to compare them all.

    Example
    -------
    >>> library_before(20_000), library_before(20_001)
    (None, 'scikit-learn')
    """
    return k_means_library(N) if N > MOST else None


def _distances(means):
    """Return 1 - inner product of all pairs, row by row as scipy wants them."""
    N = len(means)
    found, at = np.empty(N * (N - 1) // 2), 0
    for i in range(N - 1):
        found[at : at + N - 1 - i] = 1 - means[i + 1 :] @ means[i]
        at += N - 1 - i
    return found


def _cut(tree, merges):
    """Return the group of each leaf after the first merges of a tree."""
    N = len(tree) + 1
    group = np.arange(N + merges)
    pairs = tree[:merges, :2].astype(int)
    for merge in range(merges - 1, -1, -1):  # from the root to the leaves
        group[pairs[merge]] = group[N + merge]
    return group[:N]


def _in_order(labels):
    """Number groups by their first items."""
    _, first, place = np.unique(labels, return_index=True, return_inverse=True)
    return np.argsort(np.argsort(first))[place]
