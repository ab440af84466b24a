"""Area under the ROC curve of a test set and of many resamples of it."""

import numpy as np


def auc(positives, negatives):
    """Computes the area under the ROC curve: how often a positive score is
    above a negative one, where ties count half (Mann and Whitney 1947).

    Arguments
    ---------
    positives : sequence of float
        [P].
    negatives : sequence of float
        [N].

    Returns
    -------
    float or None
        None where one of them is empty.

    Example
    -------
    >>> auc([0.9, 0.4], [0.4, 0.1])
    0.875
    """
    P, N = len(positives), len(negatives)
    if not P or not N:
        return None
    scores, labels = [*positives, *negatives], [True] * P + [False] * N
    return float(resampled_auc(scores, labels, np.ones((1, P + N), int))[0])


def resampled_auc(scores, labels, counts):
    """Computes the area under the ROC curve of many resamples at once.

    Arguments
    ---------
    scores : sequence of float
        [N].
    labels : sequence of bool
        [N], True for positives.
    counts : numpy.ndarray
        How often each score occurs in each of R resamples: int [R, N].

    Returns
    -------
    numpy.ndarray
        [R]; NaN where a resample lacks positives or negatives.

    Example
    -------
    >>> counts = np.array([[1, 1, 1], [0, 1, 1], [1, 0, 0]])
    >>> resampled_auc([0.9, 0.4, 0.4], [True, True, False], counts)
    array([0.75, 0.5 ,  nan])
    """
    scores, labels = np.asarray(scores), np.asarray(labels, dtype=bool)
    order = np.argsort(scores, kind="stable")
    scores, labels, counts = scores[order], labels[order], counts[:, order]
    starts = np.flatnonzero(np.append(True, np.diff(scores) > 0))  # [U]
    positive = np.add.reduceat(counts * labels, starts, axis=1)  # [R, U]
    negative = np.add.reduceat(counts * ~labels, starts, axis=1)
    below = np.cumsum(negative, axis=1) - negative
    wins = (positive * (below + negative / 2)).sum(axis=1)  # [R]
    pairs = positive.sum(axis=1) * negative.sum(axis=1)
    return np.where(pairs > 0, wins / np.maximum(pairs, 1), np.nan)
