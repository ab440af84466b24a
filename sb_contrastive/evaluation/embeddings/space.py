"""How an embedding space lies towards given classes: compact within, apart between.

All measures act on unit embeddings, as cosine scoring does, and need labels but
train nothing, so that they can be logged on a validation part.
"""

import numpy as np

from sb_contrastive.data.randomness import keyed_generator
from sb_contrastive.evaluation.embeddings.monitors import (
    effective_rank,
    embedding_std,
)

DRAWS = 20  # of the examples of a few-shot classifier


def within_between(embeddings, labels):
    """Mean squared distance to the own class centroid, over the mean squared
    distance of the centroids to the global mean, classes weighted by size.

    Arguments
    ---------
    embeddings : array or torch.Tensor
        Raw embeddings [N, D].
    labels : sequence
        Class of each embedding, two classes or more.

    Returns
    -------
    float
        0 for classes that are points, infinite for classes on one spot.

    Example
    -------
    >>> within_between(np.eye(2)[[0, 0, 1, 1]], "aabb")
    0.0
    """
    u, codes = _checked(embeddings, labels)
    means = _centroids(u, codes)[codes]  # [N, D]
    within = np.square(u - means).sum()
    between = np.square(means - u.mean(axis=0)).sum()
    # Rounding leaves centroids on one spot a little apart
    return float(within / between) if between > 1e-12 * len(u) else np.inf


def davies_bouldin(embeddings, labels):
    """Davies-Bouldin index: the mean over classes of the worst
    (s_i + s_j) / d_ij, s the mean distance to the own centroid, d that of two
    centroids (Davies & Bouldin 1979). The lower, the better apart.

    Arguments
    ---------
    embeddings : array or torch.Tensor
        Raw embeddings [N, D].
    labels : sequence
        Class of each embedding: at least two classes, and fewer than N.

    Returns
    -------
    float

    Example
    -------
    >>> davies_bouldin(np.eye(2)[[0, 0, 1, 1]], "aabb")
    0.0
    """
    from sklearn.metrics import davies_bouldin_score

    u, codes = _checked(embeddings, labels)
    if len(np.unique(codes)) == len(u):
        raise ValueError(
            f"the Davies-Bouldin index needs a class with two embeddings, got "
            f"{len(u)} classes of one"
        )
    # scikit-learn gives 0, the best there is, to a space that has collapsed
    if np.ptp(u, axis=0).max() < 1e-6:
        return np.inf
    return float(davies_bouldin_score(u, codes))


def intraclass_correlation(embeddings, labels):
    """Mean over coordinates of ICC(1) = between / (between + within), the share
    of a coordinate's variance that lies between classes, estimated by one-way
    analysis of variance for classes of uneven size (Donner 1986).

    The diagonal of Barlow Twins' matrix over pairs of one class estimates the
    same.

    Arguments
    ---------
    embeddings : array or torch.Tensor
        Raw embeddings [N, D].
    labels : sequence
        Class of each embedding: at least two classes, and fewer than N.

    Returns
    -------
    float
        At most 1; about 0, or a little below, where classes mean nothing. A
        coordinate that is constant counts as 0.

    Example
    -------
    >>> round(intraclass_correlation(np.eye(2)[[0, 0, 1, 1]], "aabb"), 6)
    1.0
    """
    u, codes = _checked(embeddings, labels)
    sizes = np.bincount(codes)
    N, K = len(u), len(sizes)
    if K == N:
        raise ValueError(
            f"a correlation within classes needs a class with two embeddings, "
            f"got {N} classes of one"
        )
    means = _centroids(u, codes)  # [K, D]
    between = sizes @ np.square(means - u.mean(axis=0)) / (K - 1)  # [D]
    within = np.square(u - means[codes]).sum(axis=0) / (N - K)  # [D]
    # What stands for the size of a class where they differ
    size = (N - np.square(sizes).sum() / N) / (K - 1)
    total = between + (size - 1) * within
    varies = total > 1e-12
    icc = np.where(varies, between - within, 0) / np.where(varies, total, 1)
    return float(icc.mean())


def few_shot_accuracy(embeddings, labels, k=5, seed=0):
    """Unweighted accuracy of the nearest centroid of k examples of each class.

    Examples are drawn twenty times, all other embeddings are classified by
    cosine to the mean of the examples, and the recalls of the classes averaged
    over draws.

    Arguments
    ---------
    embeddings : array or torch.Tensor
        Raw embeddings [N, D].
    labels : sequence
        Class of each embedding; classes of two or more.
    k : int
        Examples of each class; one less than the smallest class has, if that
        is less.
    seed : int
        Seed of the draws.

    Returns
    -------
    float
        As a fraction; chance is 1 / classes.

    Example
    -------
    >>> few_shot_accuracy(np.eye(2)[[0, 0, 1, 1]], "aabb", k=1)
    1.0
    """
    u, codes = _checked(embeddings, labels)
    sizes = np.bincount(codes)
    if k < 1:
        raise ValueError(f"k is 1 or more, got {k}")
    if sizes.min() < 2:
        raise ValueError(
            "few-shot accuracy needs two embeddings of each class: an example "
            "and one to classify"
        )
    k = min(k, int(sizes.min()) - 1)
    members = [np.flatnonzero(codes == c) for c in range(len(sizes))]
    recalls = []
    for draw in range(DRAWS):
        rng = keyed_generator(seed, draw, "few shot")
        examples = [rng.choice(m, k, replace=False) for m in members]
        centroids = _unit(np.stack([u[e].mean(axis=0) for e in examples]))
        nearest = (u @ centroids.T).argmax(axis=1)  # [N]
        asked = np.ones(len(u), dtype=bool)
        asked[np.concatenate(examples)] = False
        recalls += [
            (nearest[m[asked[m]]] == c).mean() for c, m in enumerate(members)
        ]
    return float(np.mean(recalls))


def space_report(embeddings, labels, shots=(1, 5, 20), seed=0):
    """All measures of one set of embeddings.

    Arguments
    ---------
    embeddings : array or torch.Tensor
        Raw embeddings [N, D].
    labels : sequence
        Class of each embedding; two classes or more, of two or more.
    shots : sequence of int
        Each k of `few_shot_accuracy`.
    seed : int
        Seed of its draws.

    Returns
    -------
    dict of str to float
        `within_between`, `davies_bouldin`, `ICC`, `effective_rank`,
        `embedding_std`, and `few_shot_UA_k` for each k.

    Example
    -------
    >>> list(space_report(np.eye(2)[[0, 0, 1, 1]], "aabb", shots=[1]))
    ['within_between', 'davies_bouldin', 'ICC', 'effective_rank', 'embedding_std', 'few_shot_UA_1']
    """
    import torch

    z = torch.as_tensor(embeddings)
    return {
        "within_between": within_between(z, labels),
        "davies_bouldin": davies_bouldin(z, labels),
        "ICC": intraclass_correlation(z, labels),
        "effective_rank": float(effective_rank(z)),
        "embedding_std": float(embedding_std(z)),
        **{
            f"few_shot_UA_{k}": few_shot_accuracy(z, labels, k, seed)
            for k in shots
        },
    }


def _checked(embeddings, labels):
    """Unit embeddings [N, D] in float64 and the index [N] of each class."""
    if hasattr(embeddings, "detach"):
        embeddings = embeddings.detach().float().cpu().numpy()
    u = np.asarray(embeddings, dtype=np.float64)
    if u.ndim != 2 or len(u) != len(labels):
        raise ValueError(
            f"measures of a space need embeddings [N, D] and N labels, got "
            f"{list(u.shape)} and {len(labels)}"
        )
    names, codes = np.unique([str(x) for x in labels], return_inverse=True)
    if len(names) < 2:
        raise ValueError(
            f"measures of a space need two classes, got {', '.join(names)}"
        )
    return _unit(u), codes


def _unit(x):
    return x / np.maximum(np.linalg.norm(x, axis=1, keepdims=True), 1e-12)


def _centroids(u, codes):
    """Mean of each class [K, D]."""
    return np.stack(
        [u[codes == c].mean(axis=0) for c in range(codes.max() + 1)]
    )
