"""Chooses among epochs, or checkpoints of several runs, by their average rank over label-free measures."""

import math

import numpy as np

# measure: value -> what is the higher, the better
GOODNESS = {
    "rankme": lambda value: value,
    "alpha_req": lambda value: -abs(value - 1),
    "lidar": lambda value: value,
    "crop_eer": lambda value: -value,
    "cluster_stability": lambda value: value,
}
MEASURES = tuple(GOODNESS)


def goodness(rows, measures=MEASURES):
    """Collects measures, each turned so that more is better.

    Arguments
    ---------
    rows : list of dict
        Figures of epochs, which all have the measures.
    measures : sequence of str
        M of the names of `GOODNESS`.

    Returns
    -------
    numpy.ndarray
        [E, M]; -inf for NaN.
    """
    found = np.array(
        [[GOODNESS[name](row[name]) for name in measures] for row in rows]
    )
    return np.where(np.isnan(found), -math.inf, found)


def mean_ranks(rows, measures=MEASURES):
    """Averages the rank of each epoch over measures.

    Arguments
    ---------
    rows : list of dict
        See `goodness`.
    measures : sequence of str
        Names of `GOODNESS`.

    Returns
    -------
    numpy.ndarray
        [E], 1 for the best by every measure; epochs that are equally good by
        one share the mean of their ranks.

    Example
    -------
    >>> rows = [{"crop_eer": e, "cluster_stability": 0.5} for e in (0.2, 0.1)]
    >>> mean_ranks(rows, ["crop_eer", "cluster_stability"]).tolist()
    [1.75, 1.25]
    """
    from scipy.stats import rankdata  # imported late: it takes a second

    return rankdata(-goodness(rows, measures), axis=0).mean(axis=1)


def measured(rows):
    """Keeps the rows that have all measures.

    Arguments
    ---------
    rows : list of dict
        Figures of epochs.

    Returns
    -------
    list of dict
    """
    return [row for row in rows if GOODNESS.keys() <= row.keys()]


def best_first(rows, measures=MEASURES):
    """Orders epochs by their average rank; of equal ones the later comes first.

    Arguments
    ---------
    rows : list of dict
        Figures of epochs; those that lack a measure are left out.
    measures : sequence of str
        Names of `GOODNESS` that choose.

    Returns
    -------
    list of dict
    """
    rows = measured(rows)
    if not rows:
        return []
    ranks = mean_ranks(rows, measures)
    order = sorted(range(len(rows)), key=lambda i: (round(ranks[i], 9), -i))
    return [rows[i] for i in order]


def undominated(rows, measures=MEASURES):
    """Finds the epochs that may still turn out to be the best.

    The ranks of two epochs depend on all others, so which of them is better may
    change as epochs are added. Only one thing is certain: an epoch that another
    one equals or beats by every measure is never the first of `best_first`,
    unless it is as good and later.

    Arguments
    ---------
    rows : list of dict
        See `best_first`.
    measures : sequence of str
        The same.

    Returns
    -------
    list of dict

    Example
    -------
    >>> one = {"rankme": 9, "alpha_req": 1, "lidar": 7, "crop_eer": 0.1}
    >>> rows = [
    ...     {**one, "epoch": 1, "cluster_stability": 0.5},
    ...     {**one, "epoch": 2, "cluster_stability": 0.6},
    ...     {**one, "epoch": 3, "cluster_stability": 0.7, "crop_eer": 0.2},
    ... ]
    >>> [row["epoch"] for row in undominated(rows)]
    [2, 3]
    """
    rows = measured(rows)
    if not rows:
        return []
    g = goodness(rows, measures)  # [E, M]
    kept = []
    for i, own in enumerate(g):
        at_least = (g >= own).all(axis=1)
        better = (g > own).any(axis=1) | (np.arange(len(g)) > i)
        if not (at_least & better).any():
            kept.append(rows[i])
    return kept
