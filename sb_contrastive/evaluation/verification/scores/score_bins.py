"""Edges of bins for scores, also for those that a system hardly tells apart."""

import numpy as np

# Scores are computed in float32, so those whose range is below this share of
# their size differ by rounding alone
ALIKE = 4 * np.finfo(np.float32).eps


def are_alike(scores):
    """Tells whether scores are equal but for the rounding of their computation.

    Arguments
    ---------
    scores : numpy.ndarray
        Numbers [T].

    Returns
    -------
    bool

    Example
    -------
    >>> are_alike(np.array([0.1 + 0.2, 0.3])), are_alike(np.array([0, 1e-20]))
    (True, False)
    """
    scores = np.asarray(scores, dtype=np.float64)
    return bool(np.ptp(scores) <= ALIKE * np.abs(scores).max())


def score_edges(scores, bins):
    """Divides the range of scores into bins of one width.

    A system that does not learn may give all trials the same score but for
    rounding; such scores lie in a bin in the middle of a range of 1, so that the
    bins have a width.

    Arguments
    ---------
    scores : numpy.ndarray
        Numbers [T].
    bins : int
        How many bins.

    Returns
    -------
    numpy.ndarray
        Rising edges [bins + 1].

    Example
    -------
    >>> score_edges(np.array([0.0, 1.0]), 2).tolist()
    [0.0, 0.5, 1.0]
    >>> score_edges(np.array([0.1 + 0.2, 0.3]), 2).round(2).tolist()
    [-0.2, 0.3, 0.8]
    """
    scores = np.asarray(scores, dtype=np.float64)
    if are_alike(scores):
        scores = scores[:1]  # a bin around a single value is widened
    return np.histogram_bin_edges(scores, bins)
