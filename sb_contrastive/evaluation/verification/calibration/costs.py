"""Measures how good log-likelihood ratios are: Cllr, its minimum, and the actual detection cost.

EER and minDCF depend on the order of the scores alone. These costs also ask
whether a log-likelihood ratio means what it says.
"""

import numpy as np

from sb_contrastive.evaluation.verification.calibration.affine import (
    prior_log_odds,
)
from sb_contrastive.evaluation.verification.scores.score_array import (
    score_array,
)


def cllr(target_llrs, nontarget_llrs):
    """Compute the cost of log-likelihood ratios (Brümmer and du Preez 2006,
    equation 20): the mean of log2(1 + 1/LR) over target and of log2(1 + LR)
    over non-target trials, averaged.

    Arguments
    ---------
    target_llrs : array, tensor or list
        Natural log-likelihood ratios of the target trials.
    nontarget_llrs : array, tensor or list
        Those of the non-target trials.

    Returns
    -------
    float
        In bits: 0 is perfect, 1 says nothing, more is worse than nothing.

    Raises
    ------
    ValueError
        When a list is empty or holds a number that is not finite.

    Example
    -------
    >>> cllr([0.0], [0.0])
    1.0
    >>> round(cllr([np.log(3)], [-np.log(3)]), 4)  # log2(4/3)
    0.415
    """
    targets = score_array(target_llrs, "target_llrs")
    nontargets = score_array(nontarget_llrs, "nontarget_llrs")
    return _bits(targets, nontargets)


def min_cllr(target_scores, nontarget_scores):
    """Compute the Cllr that remains when the scores are calibrated as well as
    any rising function can, with the labels in hand.

    That function is isotonic regression, found by pooling adjacent violators.

    Arguments
    ---------
    target_scores : array, tensor or list
        Scores of the target trials, of any scale.
    nontarget_scores : array, tensor or list
        Those of the non-target trials.

    Returns
    -------
    float
        In bits, between 0 and 1.

    Raises
    ------
    ValueError
        When a list is empty or holds a score that is not finite.

    Example
    -------
    >>> min_cllr([1, 3], [0, 2])  # pools 1 and 2; 0 and 3 are certain
    0.5
    """
    from sklearn.isotonic import IsotonicRegression  # slow to import

    targets = score_array(target_scores, "target_scores")
    nontargets = score_array(nontarget_scores, "nontarget_scores")
    P, N = len(targets), len(nontargets)
    scores = np.concatenate([targets, nontargets])
    labels = np.repeat([1.0, 0.0], [P, N])
    posterior = IsotonicRegression(y_min=0, y_max=1).fit_transform(
        scores, labels
    )
    from scipy.special import logit  # imported late: it takes a second

    llrs = logit(posterior) - np.log(P / N)  # infinite where they are certain
    return _bits(llrs[:P], llrs[P:])


def actual_dcf(target_llrs, nontarget_llrs, p_target=0.01):
    """Compute the detection cost of the decisions that log-likelihood ratios
    make by themselves, normalised as `min_dcf`.

    A trial is accepted where its log-likelihood ratio exceeds
    ln((1 - p_target) / p_target); both errors cost 1.

    Arguments
    ---------
    target_llrs : array, tensor or list
        Natural log-likelihood ratios of the target trials.
    nontarget_llrs : array, tensor or list
        Those of the non-target trials.
    p_target : float
        Prior probability of a target trial, between 0 and 1.

    Returns
    -------
    float
        At least `min_dcf`; 1 is no better than one answer for all trials.

    Raises
    ------
    ValueError
        When a list is empty, a number is not finite, or the prior is none.

    Example
    -------
    >>> actual_dcf([5.0, 1.0], [-5.0, -1.0], p_target=0.05)
    0.5
    """
    threshold = -prior_log_odds(p_target)
    misses = score_array(target_llrs, "target_llrs") <= threshold
    alarms = score_array(nontarget_llrs, "nontarget_llrs") > threshold
    cost = p_target * misses.mean() + (1 - p_target) * alarms.mean()
    return float(cost / min(p_target, 1 - p_target))


def _bits(targets, nontargets):
    """Average the costs of both kinds of trials; ln(1 + e^x) does not overflow."""
    missed = np.logaddexp(0, -targets).mean()
    alarmed = np.logaddexp(0, nontargets).mean()
    return float((missed + alarmed) / 2 / np.log(2))
