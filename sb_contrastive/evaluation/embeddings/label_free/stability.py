"""Measures whether two halves of the crops of utterances are clustered alike."""

import numpy as np


def cluster_stability(first, second):
    """Clusters utterances twice, each time by other crops, and computes how well
    the two clusterings agree.

    Both are trees of Ward's criterion over unit vectors, which need no seed.
    They are cut at 2, 4, 8, ... clusters, at most one for two utterances, and
    compared by the adjusted Rand index, which is 0 for chance.

    Arguments
    ---------
    first, second : numpy.ndarray
        Embeddings [N, D] of the same N utterances, four or more.

    Returns
    -------
    float
        The mean index over the cuts, at most 1.

    Raises
    ------
    ValueError
        When shapes differ or there are fewer than four utterances.

    Example
    -------
    >>> z = np.repeat(np.eye(4), 3, axis=0)
    >>> cluster_stability(z, z + 0.01)
    1.0
    """
    if first.shape != second.shape or first.ndim != 2 or len(first) < 4:
        raise ValueError(
            f"two clusterings of four or more utterances are compared, got "
            f"embeddings {list(first.shape)} and {list(second.shape)}"
        )
    from scipy.cluster.hierarchy import cut_tree, linkage  # slow to import
    from sklearn.metrics import adjusted_rand_score

    cuts = [
        2**n
        for n in range(1, len(first).bit_length())
        if 2**n <= len(first) // 2
    ]
    labels = [
        cut_tree(linkage(_unit(z), "ward"), cuts) for z in (first, second)
    ]  # [N, cuts] each
    found = [adjusted_rand_score(a, b) for a, b in zip(*(x.T for x in labels))]
    return float(np.mean(found))


def _unit(z):
    """Scale to length 1, in steps of a millionth: rounding moves no merge."""
    length = np.linalg.norm(z, axis=1, keepdims=True)
    return np.round(z / np.maximum(length, 1e-30), 6)
