"""Error rates of speaker verification: EER and normalised minDCF, in O(n log n).

A trial is accepted when its score lies above a threshold. Only the *order* of
the scores matters, so the two lists are sorted once and every cut between
neighbouring distinct scores is looked at; equal scores always fall on the same
side of a cut. SpeechBrain's functions return the same values (minDCF before
normalisation) but compare each score with each threshold, which is out of
reach for the half million trials of VoxCeleb1-E and -H.
"""

import numpy as np

from sb_contrastive.evaluation.verification.scores.score_array import (
    score_array,
)

P_TARGETS = (0.01, 0.05)
METRICS = ("EER", *(f"minDCF_{p:g}" for p in P_TARGETS))


def eer(positive_scores, negative_scores):
    """Computes the equal error rate: the error where false rejections and
    false acceptances are equally frequent.

    The two rates rarely meet exactly, so the rule is SpeechBrain's: take the
    cut where they are nearest and return their mean. Where two neighbouring
    cuts are equally near (SpeechBrain takes the first), the EER is the mean of
    both; hence ``eer(p, n) == eer(-n, -p)`` and ``eer(n, p) == 1 - eer(p, n)``,
    and scores that are all equal give 0.5. Nearness is compared in integers,
    so the value is the same under any increasing map of the scores.

    Arguments
    ---------
    positive_scores : array, tensor or list
        Scores of the target trials (same speaker), any order.
    negative_scores : array, tensor or list
        Scores of the non-target trials.

    Returns
    -------
    eer : float
        As a fraction: 0.05 is 5 %.
    threshold : float
        Accept above it. It lies halfway between two scores, or, where two
        cuts are equally near, on the score between them.

    Raises
    ------
    ValueError
        If a list is empty or holds a score that is not finite.

    Example
    -------
    >>> rate, threshold = eer([0.9, 0.8, 0.3], [0.5, 0.2, 0.1])
    >>> round(rate, 4), round(threshold, 4)
    (0.3333, 0.4)
    """
    values, misses, false_alarms, P, N = error_counts(
        positive_scores, negative_scores
    )
    # (FAR - FRR) P N, exact; falls strictly from +PN (accept all) to -PN
    gap = false_alarms * P - misses * N
    after = int(np.argmax(gap <= 0))  # first cut at or beyond the crossing
    before = after - 1
    rate = (misses / P + false_alarms / N) / 2
    if gap[before] == -gap[after]:
        both = (rate[before] + rate[after]) / 2
        return float(both), float(values[before])
    nearest = after if -gap[after] < gap[before] else before
    return float(rate[nearest]), _threshold(values, nearest)


def min_dcf(
    positive_scores, negative_scores, p_target=0.01, c_miss=1.0, c_fa=1.0
):
    """Computes the minimum of the NIST detection cost over all thresholds,
    normalised.

    The cost ``c_miss p_target P_miss + c_fa (1 - p_target) P_fa`` is divided by
    that of the better blind decision, ``min(c_miss p_target, c_fa (1 -
    p_target))``: 1 is a system that knows nothing. "Accept all" and "reject
    all" are among the thresholds, so the result never exceeds 1.

    Arguments
    ---------
    positive_scores : array, tensor or list
        Scores of the target trials (same speaker), any order.
    negative_scores : array, tensor or list
        Scores of the non-target trials.
    p_target : float
        Prior probability of a target trial, between 0 and 1.
    c_miss : float
        Cost of rejecting a target, positive.
    c_fa : float
        Cost of accepting a non-target, positive.

    Returns
    -------
    min_dcf : float
        Between 0 and 1.
    threshold : float
        Accept above it; the lowest one where several are as good.

    Raises
    ------
    ValueError
        If a list is empty or holds a score that is not finite, or if the
        prior or a cost is out of range.

    Example
    -------
    >>> cost, threshold = min_dcf([0.9, 0.8, 0.3], [0.5, 0.2, 0.1])
    >>> round(cost, 4), round(threshold, 4)
    (0.3333, 0.65)
    """
    if not 0 < p_target < 1:
        raise ValueError(f"p_target must lie between 0 and 1, got {p_target}")
    if c_miss <= 0 or c_fa <= 0:
        raise ValueError(
            f"costs must be positive, got c_miss={c_miss} and c_fa={c_fa}"
        )
    values, misses, false_alarms, P, N = error_counts(
        positive_scores, negative_scores
    )
    miss_weight = c_miss * p_target
    alarm_weight = c_fa * (1 - p_target)
    cost = misses / P * miss_weight + false_alarms / N * alarm_weight
    best = int(np.argmin(cost))
    normalised = cost[best] / min(miss_weight, alarm_weight)
    return float(normalised), _threshold(values, best)


def error_counts(positive_scores, negative_scores):
    """Counts the errors at every cut: cut i rejects the i lowest of the U
    distinct scores.

    Arguments
    ---------
    positive_scores : array, tensor or list
        Scores of the target trials (same speaker), any order.
    negative_scores : array, tensor or list
        Scores of the non-target trials.

    Returns
    -------
    values : numpy.ndarray
        Distinct scores [U], rising.
    misses : numpy.ndarray
        Targets rejected at each cut [U + 1].
    false_alarms : numpy.ndarray
        Non-targets accepted at each cut [U + 1].
    P, N : int
        Numbers of target and non-target trials.

    Example
    -------
    >>> values, misses, false_alarms, P, N = error_counts([3, 2], [2, 1])
    >>> values.tolist(), misses.tolist(), false_alarms.tolist()
    ([1.0, 2.0, 3.0], [0, 0, 1, 2], [2, 1, 0, 0])
    """
    positive = np.sort(score_array(positive_scores, "positive_scores"))
    negative = np.sort(score_array(negative_scores, "negative_scores"))
    values = np.unique(np.concatenate([positive, negative]))
    misses = np.searchsorted(positive, values, side="right")
    rejected = np.searchsorted(negative, values, side="right")
    misses = np.concatenate([[0], misses])
    false_alarms = len(negative) - np.concatenate([[0], rejected])
    return values, misses, false_alarms, len(positive), len(negative)


def _threshold(values, cut):
    """Return a threshold that separates the scores at a cut."""
    if cut == 0:  # accept all
        return float(np.nextafter(values[0], -np.inf))
    low = values[cut - 1]
    if cut == len(values):  # reject all
        return float(low)
    high = values[cut]
    middle = low / 2 + high / 2
    # neighbouring floats have no middle; `low` still separates by "above"
    return float(middle if low < middle < high else low)
