"""Groups embeddings by speaker, and says how sure that is."""

from typing import NamedTuple

import numpy as np

from sb_contrastive.evaluation.clustering.tree import average_linkage
from sb_contrastive.evaluation.verification.scores.scoring import file_vectors

NEAR = 0.05  # a cosine by which the threshold may be wrong


class Groups(NamedTuple):
    """Holds the speaker of each recording, as far as the embeddings tell.

    Arguments
    ---------
    labels : numpy.ndarray
        Group of each recording [N], from 0, in the order of their first ones.
    cosines : numpy.ndarray
        Cosine of each recording to the centre of its group [N].
    sure : numpy.ndarray
        Probability that each recording belongs to its group, rather than to
        another one or to none [N]; NaN where there was no calibration.
    threshold : float or None
        Mean cosine at which merging stopped; None where a number was given.
    between : tuple of int
        How many groups there are at a threshold that is 0.05 lower, and 0.05
        higher; the number itself, twice, where it was given.
    """

    labels: np.ndarray
    cosines: np.ndarray
    sure: np.ndarray
    threshold: float | None
    between: tuple


def group_speakers(embeddings, calibration, number=None, seed=1986):
    """Group recordings by speaker.

    Groups are merged by the mean cosine of their members, down to the cosine
    where one speaker is as probable as two, or to a given number.

    Arguments
    ---------
    embeddings : numpy.ndarray
        Raw embeddings [N, D].
    calibration : Calibration or None
        Makes log-likelihood ratios of cosines; None where only the number is
        known.
    number : int, optional
        Of speakers, where it is known.
    seed : int
        Of k-means, which comes first above 20 000 recordings.

    Returns
    -------
    Groups

    Raises
    ------
    ValueError
        When there are not as many recordings as speakers, or an embedding is
        zero or not finite.

    Example
    -------
    >>> from sb_contrastive.evaluation.verification.calibration import Calibration
    >>> z = np.array([[9.0, 0.0], [1.0, 0.2], [0.0, 1.0], [0.3, 2.0]])
    >>> found = group_speakers(z, Calibration(20.0, -10.0))
    >>> found.labels.tolist(), found.threshold, found.between
    ([0, 0, 1, 1], 0.5, (2, 2))
    >>> bool((found.sure > 0.99).all())
    True
    """
    vectors = file_vectors(embeddings, "embedding").numpy()
    if number is not None and not 1 <= number <= len(vectors):
        raise ValueError(
            f"{len(vectors)} recordings cannot be of {number} speakers"
        )
    threshold = calibration.threshold() if number is None else None
    labels, merges = average_linkage(vectors, threshold, number, seed)
    between = (number, number)
    if number is None:
        between = tuple(
            len(merges) + 1 - int((merges > threshold + off).sum())
            for off in (-NEAR, NEAR)
        )
    cosines, sure = _certainty(vectors, labels, calibration)
    return Groups(labels, cosines, sure, threshold, between)


def _certainty(vectors, labels, calibration):
    """Return the cosine to the centre, and the probability of the group.

    A recording is compared by the mean cosine with the other members of its
    group and with the members of each other group; to be alone speaks as much
    as the threshold does, where the log-likelihood ratio is 0."""
    from scipy.special import softmax  # imported late: it takes a second

    K = int(labels.max()) + 1
    sizes = np.bincount(labels)
    sums = np.zeros((K, vectors.shape[1]))
    np.add.at(sums, labels, vectors)
    own = np.einsum("nd,nd->n", vectors, sums[labels])  # with itself
    cosines = own / np.linalg.norm(sums, axis=1)[labels]
    sure = np.full(len(vectors), np.nan)
    if calibration is None:
        return cosines, sure
    for first in range(0, len(vectors), 2048):
        part = slice(first, first + 2048)
        k, rows = labels[part], np.arange(len(labels[part]))
        llrs = calibration.llr(vectors[part] @ sums.T / sizes)  # [b, K]
        others = sizes[k] - 1
        without = (own[part] - 1) / np.maximum(others, 1)
        llrs[rows, k] = np.where(others > 0, calibration.llr(without), 0)
        alone = np.where(others > 0, 0, -np.inf)  # it is alone in its group
        shares = softmax(np.column_stack([llrs, alone]), axis=1)
        sure[part] = shares[rows, k]
    return cosines, sure
