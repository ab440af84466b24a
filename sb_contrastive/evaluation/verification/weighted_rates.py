"""EER and minDCF of many resamples of a trial list at once, where a trial counts as often as its weight says."""

import numpy as np

from sb_contrastive.evaluation.verification.error_rates import (
    METRICS,
    P_TARGETS,
)
from sb_contrastive.evaluation.verification.scores.score_array import (
    labelled_scores,
)


def trial_weights(times_drawn, labels, first, second):
    """Counts how often each trial occurs when speakers are drawn repeatedly.

    Arguments
    ---------
    times_drawn : array
        How often each speaker is drawn [R, S], from `draw_counts`.
    labels : array
        bool [T], True for targets.
    first, second : array
        Number of the speaker [T] on both sides.

    Returns
    -------
    weights : array
        [R, T].

    Example
    -------
    >>> labels = np.array([True, False])
    >>> trial_weights(np.array([[2, 3]]), labels, [0, 0], [0, 1])
    array([[2, 6]])
    """
    return times_drawn[:, first] * np.where(labels, 1, times_drawn[:, second])


def weighted_metrics(scores, labels, weights):
    """Computes EER and minDCF where a trial counts as often as its weight says.

    The result equals `eer` and `min_dcf` of a list that repeats every trial
    that often, for many sets of weights at once.

    Arguments
    ---------
    scores : array
        [T].
    labels : array
        bool [T], True for targets.
    weights : array
        Whole numbers [R, T], not negative.

    Returns
    -------
    dict
        {metric: [R]}; NaN where the targets or non-targets weigh nothing.

    Example
    -------
    >>> labels = [True, True, False, False]
    >>> weights = [[1, 1, 1, 1], [2, 0, 1, 1]]
    >>> weighted_metrics([4, 2, 3, 1], labels, weights)["EER"].tolist()
    [0.5, 0.0]
    """
    scores, labels = labelled_scores(scores, labels)
    order, ends = sort_trials(scores)
    weights = np.asarray(weights, dtype=np.int64)
    return sorted_metrics(labels[order], ends, weights[:, order])


def sort_trials(scores):
    """Sorts trials by score.

    Arguments
    ---------
    scores : numpy.ndarray
        [T].

    Returns
    -------
    order : numpy.ndarray
        Indices [T] of the trials by rising score.
    ends : numpy.ndarray
        The last trial [U] of each distinct score, in that order: trials of
        one score are rejected together.
    """
    order = np.argsort(scores, kind="stable")
    rises = np.diff(scores[order]) > 0
    return order, np.append(np.flatnonzero(rises), len(scores) - 1)


def sorted_metrics(labels, ends, weights):
    """Does the work of `weighted_metrics` for trials in the order of their
    scores, so that many calls share one sort.

    Arguments
    ---------
    labels : numpy.ndarray
        bool [T], in the order of the scores.
    ends : numpy.ndarray
        From `sort_trials`.
    weights : numpy.ndarray
        int [R, T], in the order of the scores.

    Returns
    -------
    dict
        {metric: [R]}, by the rules of `eer` and `min_dcf`.
    """
    counts = _counts(labels, ends, weights)
    rates = {"EER": _equal_error_rates(*counts)}
    targets, others, cut_targets, cut_others = counts
    with np.errstate(invalid="ignore", divide="ignore"):  # nothing drawn: NaN
        miss_rate = targets[:, cut_targets] / targets[:, -1:]  # [R, U + 1]
        N = others[:, -1:]
        alarm_rate = (N - others[:, cut_others]) / N
    for p, metric in zip(P_TARGETS, METRICS[1:]):
        cost = miss_rate * p + alarm_rate * (1 - p)
        rates[metric] = cost.min(axis=1) / min(p, 1 - p)
    return rates


def sorted_eer(labels, ends, weights):
    """Computes the EER alone of what `sorted_metrics` takes: it looks at a few
    thresholds of each resample and not at all of them.

    Arguments
    ---------
    labels, ends, weights : numpy.ndarray
        As in `sorted_metrics`.

    Returns
    -------
    numpy.ndarray
        [R], NaN where the targets or non-targets weigh nothing.

    Example
    -------
    >>> labels = np.array([False, True, False, True])
    >>> sorted_eer(labels, np.arange(4), np.array([[1, 1, 1, 1], [1, 0, 1, 2]]))
    array([0.5, 0. ])
    """
    return _equal_error_rates(*_counts(labels, ends, weights))


def _counts(labels, ends, weights):
    """Return what targets weigh up to each of them [R, T + 1], the same of
    non-targets, and how many of both each threshold rejects, [U + 1] each."""
    sides = []
    for side in (labels, ~labels):
        own = np.flatnonzero(side)
        total = np.zeros((len(weights), len(own) + 1), dtype=np.int64)
        np.cumsum(weights[:, own], axis=1, out=total[:, 1:])
        sides.append(total)
    cuts = np.append(0, ends + 1)
    rejected = np.append(0, np.cumsum(labels))[cuts]
    return *sides, rejected, cuts - rejected


def _equal_error_rates(targets, others, cut_targets, cut_others):
    """Find where misses and false alarms are equal, by halving the thresholds."""
    rows = np.arange(len(targets))
    P, N = targets[:, -1], others[:, -1]  # [R]

    def errors(cut):
        return targets[rows, cut_targets[cut]], N - others[
            rows, cut_others[cut]
        ]

    def gap(cut):  # falls from +PN to -PN; counts stay integers: ties are exact
        misses, alarms = errors(cut)
        return alarms * P - misses * N

    def rate(cut):
        misses, alarms = errors(cut)
        return (misses / P + alarms / N) / 2

    low = np.zeros(len(rows), dtype=np.int64)
    after = np.full(
        len(rows), len(cut_targets) - 1
    )  # the first gap of 0 or less
    while (low < after).any():
        middle = (low + after) // 2
        crossed = gap(middle) <= 0
        after = np.where(crossed, middle, after)
        low = np.where(crossed, low, middle + 1)
    before = np.maximum(after - 1, 0)
    gap_before, gap_after = gap(before), gap(after)
    with np.errstate(invalid="ignore", divide="ignore"):  # nothing drawn: NaN
        rate_before, rate_after = rate(before), rate(after)
    nearest = np.where(-gap_after < gap_before, rate_after, rate_before)
    both = (rate_before + rate_after) / 2
    return np.where(gap_before == -gap_after, both, nearest)


def weighted_cllr(llrs, labels, weights):
    """Computes the Cllr of trials that count several times, by the rule of `cllr`.

    Arguments
    ---------
    llrs : numpy.ndarray
        Natural log-likelihood ratios [T].
    labels : numpy.ndarray
        bool [T].
    weights : numpy.ndarray
        int [R, T].

    Returns
    -------
    numpy.ndarray
        [R], in bits; NaN where no target or no non-target counts.

    Example
    -------
    >>> labels = np.array([True, False])
    >>> weighted_cllr(np.zeros(2), labels, np.array([[1, 3], [0, 1]])).tolist()
    [1.0, nan]
    """
    bits = np.logaddexp(0, np.where(labels, -llrs, llrs)) / np.log(2)
    with np.errstate(invalid="ignore"):  # nothing drawn: NaN
        means = [
            (weights @ (bits * side)) / (weights @ side.astype(np.int64))
            for side in (labels, ~labels)
        ]
    return sum(means) / 2
