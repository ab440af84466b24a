"""Few-shot accuracy of embeddings: how well a few examples of each class describe it."""

import numpy as np
import torch

from sb_contrastive.data.randomness import keyed_generator
from sb_contrastive.evaluation.embeddings.unit import (
    labelled_unit_embeddings,
    unit_embeddings,
)

DRAWS = 20  # of the examples


def few_shot_accuracy(embeddings, labels, k=5, seed=0):
    """Computes the unweighted accuracy of classification by the nearest
    centroid of k examples of each class.

    Examples are drawn twenty times. All other embeddings are classified by the
    cosine to the mean of the examples, and the recalls of the classes are
    averaged over the draws.

    Arguments
    ---------
    embeddings : array or torch.Tensor
        Raw embeddings [N, D].
    labels : sequence
        Class of each embedding; classes of two or more.
    k : int
        Examples of each class, at most one less than the smallest class has.
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
    u, codes = labelled_unit_embeddings(embeddings, labels)
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
        centroids = np.stack([u[e].mean(axis=0) for e in examples])
        centroids = unit_embeddings(centroids, torch.float64).numpy()  # [K, D]
        nearest = (u @ centroids.T).argmax(axis=1)  # [N]
        asked = np.ones(len(u), dtype=bool)
        asked[np.concatenate(examples)] = False
        recalls += [
            (nearest[m[asked[m]]] == c).mean() for c, m in enumerate(members)
        ]
    return float(np.mean(recalls))
