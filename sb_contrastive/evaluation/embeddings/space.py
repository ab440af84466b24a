"""Measures of an embedding space with classes: compact within, apart between.

All measures use unit embeddings, as cosine scoring does. They need labels but
train nothing, so that they can be logged on a validation part.
"""

import numpy as np
import torch

from sb_contrastive.evaluation.embeddings.few_shot import few_shot_accuracy
from sb_contrastive.evaluation.embeddings.monitors import (
    effective_rank,
    embedding_std,
)
from sb_contrastive.evaluation.embeddings.unit import labelled_unit_embeddings


def within_between(embeddings, labels):
    """Computes the mean squared distance to the centroid of the own class,
    divided by the mean squared distance of the centroids to the global mean,
    with classes weighted by size.

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
    u, codes = labelled_unit_embeddings(embeddings, labels)
    means = _centroids(u, codes)[codes]  # [N, D]
    within = np.square(u - means).sum()
    between = np.square(means - u.mean(axis=0)).sum()
    # Rounding leaves centroids on one spot a little apart
    return float(within / between) if between > 1e-12 * len(u) else np.inf


def davies_bouldin(embeddings, labels):
    """Computes the Davies-Bouldin index: the mean over classes of the worst
    (s_i + s_j) / d_ij, where s is the mean distance to the own centroid and d
    the distance of two centroids (Davies & Bouldin 1979). Low values mean that
    classes are well apart.

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

    u, codes = labelled_unit_embeddings(embeddings, labels)
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
    """Computes the mean over coordinates of ICC(1) = between / (between +
    within), the share of a coordinate's variance that lies between classes,
    estimated by one-way analysis of variance for classes of uneven size (Donner
    1986).

    The diagonal of Barlow Twins' matrix over pairs of one class estimates the
    same quantity.

    Arguments
    ---------
    embeddings : array or torch.Tensor
        Raw embeddings [N, D].
    labels : sequence
        Class of each embedding: at least two classes, and fewer than N.

    Returns
    -------
    float
        At most 1; about 0, or a little below, where classes are not
        distinguished. A constant coordinate counts as 0.

    Example
    -------
    >>> round(intraclass_correlation(np.eye(2)[[0, 0, 1, 1]], "aabb"), 6)
    1.0
    """
    u, codes = labelled_unit_embeddings(embeddings, labels)
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
    # the size of a class, or its substitute where classes differ in size
    size = (N - np.square(sizes).sum() / N) / (K - 1)
    total = between + (size - 1) * within
    varies = total > 1e-12
    icc = np.where(varies, between - within, 0) / np.where(varies, total, 1)
    return float(icc.mean())


def space_report(embeddings, labels, shots=(1, 5, 20), seed=0):
    """Computes all measures of one set of embeddings.

    Arguments
    ---------
    embeddings : array or torch.Tensor
        Raw embeddings [N, D].
    labels : sequence
        Class of each embedding; two classes or more, of two or more.
    shots : sequence of int
        Each k for `few_shot_accuracy`.
    seed : int
        Seed of the draws.

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


def _centroids(u, codes):
    """Return the mean of each class [K, D]."""
    return np.stack(
        [u[codes == c].mean(axis=0) for c in range(codes.max() + 1)]
    )
