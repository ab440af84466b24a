"""Fits a calibration to labelled trials by logistic regression."""

import numpy as np

from sb_contrastive.evaluation.verification.calibration.affine import (
    Calibration,
    prior_log_odds,
)
from sb_contrastive.evaluation.verification.scores.score_array import (
    labelled_scores,
)


def fit_trials(scores, labels, prior=0.5):
    """Fit the line that gives labelled trials the smallest cost of their
    log-likelihood ratios (prior-weighted logistic regression, Brümmer 2007).

    Arguments
    ---------
    scores : array, tensor or list
        Cosines [T].
    labels : array or list
        [T], True for target trials.
    prior : float
        Targets count as if they were this share of the trials; at 0.5 the cost
        is Cllr.

    Returns
    -------
    Calibration

    Raises
    ------
    ValueError
        When there are not two different kinds of trials, or targets do not
        score higher.

    Example
    -------
    >>> scores = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6]
    >>> found = fit_trials(scores, [False, False, True, False, True, True])
    >>> round(found.threshold(), 4)
    0.35
    """
    scores, labels = labelled_scores(scores, labels)
    if labels.all() or not labels.any():
        raise ValueError(
            f"a calibration needs trials of one speaker and of two, and there "
            f"are {int(labels.sum())} and {int((~labels).sum())}"
        )
    return fit_line(scores, labels, ~labels, prior)


def fit_line(scores, targets, nontargets, prior=0.5):
    """Fit the line to scores that count as targets and non-targets in part.

    Arguments
    ---------
    scores : numpy.ndarray
        Cosines [T].
    targets, nontargets : numpy.ndarray
        How much each counts as a target and as a non-target [T].
    prior : float
        See `fit_trials`.

    Returns
    -------
    Calibration

    Raises
    ------
    ValueError
        When targets do not score higher.
    """
    from sklearn.linear_model import LogisticRegression  # slow to import

    log_odds = prior_log_odds(prior)
    sides = [
        prior * targets / targets.sum(),
        (1 - prior) * nontargets / nontargets.sum(),
    ]
    middle, deviation = scores.mean(), scores.std() or 1.0
    standardised = (scores - middle) / deviation
    # Almost no penalty: it only keeps the scale finite where no error is made
    model = LogisticRegression(C=1e4, solver="newton-cholesky", tol=1e-8)
    model.fit(
        np.tile(standardised, 2)[:, None],
        np.repeat([True, False], len(scores)),
        sample_weight=np.concatenate(sides) * 1000,
    )
    scale = float(model.coef_[0, 0]) / deviation
    if scale <= 0:
        raise ValueError(
            "trials of one speaker have no higher cosines than trials of two: "
            "the model does not tell these speakers apart"
        )
    offset = float(model.intercept_[0]) - scale * middle - log_odds
    return Calibration(float(scale), float(offset))
