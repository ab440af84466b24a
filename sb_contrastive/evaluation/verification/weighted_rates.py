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
    # Counts stay integers, as in `eer`, so that ties are exact
    misses = _cumulate(weights * labels, ends)  # [R, U + 1]
    rejected = _cumulate(weights * ~labels, ends)
    P, N = misses[:, -1:], rejected[:, -1:]  # [R, 1]
    false_alarms = N - rejected
    gap = false_alarms * P - misses * N  # falls from +PN to -PN
    after = np.argmax(gap <= 0, axis=1)[:, None]  # [R, 1]
    before = np.maximum(after - 1, 0)
    with np.errstate(invalid="ignore", divide="ignore"):  # nothing drawn: NaN
        miss_rate, alarm_rate = misses / P, false_alarms / N
    gap_before, gap_after = (_at(gap, cut) for cut in (before, after))
    rate_before, rate_after = (
        (_at(miss_rate, cut) + _at(alarm_rate, cut)) / 2
        for cut in (before, after)
    )
    nearest = np.where(-gap_after < gap_before, rate_after, rate_before)
    both = (rate_before + rate_after) / 2
    metrics = {"EER": np.where(gap_before == -gap_after, both, nearest)}
    for p, metric in zip(P_TARGETS, METRICS[1:]):
        cost = miss_rate * p + alarm_rate * (1 - p)
        metrics[metric] = cost.min(axis=1) / min(p, 1 - p)
    nothing = ((P == 0) | (N == 0))[:, 0]
    return {k: np.where(nothing, np.nan, v) for k, v in metrics.items()}


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


def _cumulate(weights, ends):
    """Sum weights up to each distinct score, and before the lowest."""
    counts = np.cumsum(weights, axis=1)[:, ends]  # [R, U]
    return np.pad(counts, ((0, 0), (1, 0)))


def _at(values, cut):
    return np.take_along_axis(values, cut, axis=1)[:, 0]
