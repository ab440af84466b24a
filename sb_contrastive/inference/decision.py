"""Decides whether two recordings are of one speaker, by a threshold and a calibration."""

from __future__ import annotations

from typing import NamedTuple

from sb_contrastive.evaluation.verification.calibration import Calibration


class Decision(NamedTuple):
    """Holds the three values that a `Verification` unpacks to."""

    cosine: float
    same: bool | None
    threshold: float | None


class Verification(Decision):
    """Says how alike two recordings are: their `cosine`; and by a `threshold`,
    whether they are of the `same` speaker. Both are None where nobody has
    measured a threshold.

    Where the model is calibrated, `llr` is the natural log-likelihood ratio of
    one speaker against two, and `probability` that of one speaker where a share
    `prior` of all comparisons are of one speaker; else they are None.

    Example
    -------
    >>> found = decision(0.5, Calibration(20.0, -8.0), prior=0.5)
    >>> cosine, same, threshold = found
    >>> same, threshold, found.llr, round(found.probability, 3)
    (True, 0.4, 2.0, 0.881)
    """

    llr: float | None = None
    probability: float | None = None
    prior: float | None = None


def decision(
    cosine: float,
    calibration: Calibration | None = None,
    measured: float | None = None,
    prior: float | None = None,
    threshold: float | None = None,
) -> Verification:
    """Decide by a cosine.

    Arguments
    ---------
    cosine : float
        Of two embeddings.
    calibration : Calibration, optional
        That of the model, where it holds for this cosine.
    measured : float, optional
        The threshold of the model, where it holds for this cosine.
    prior : float, optional
        Share of comparisons that are of one speaker; when absent, that for
        which the threshold of the model was chosen.
    threshold : float, optional
        What a user wants instead.

    Returns
    -------
    Verification

    Raises
    ------
    ValueError
        When a prior is given and there is no calibration.
    """
    if prior is not None and calibration is None:
        raise ValueError(
            "a prior needs a calibrated model, whole files, and silence cut as "
            "in training: `sb-contrastive calibrate` calibrates a model"
        )
    if calibration is not None:
        if measured is None:
            measured = calibration.threshold(0.5)
        if prior is None:
            # At the threshold, one speaker and two are equally probable
            from scipy.special import expit  # imported late: it takes a second

            prior = float(expit(-calibration.llr(measured)))
        else:
            measured = calibration.threshold(prior)
    if threshold is None:
        threshold = measured
    same = None if threshold is None else bool(cosine > threshold)
    found = Verification(cosine, same, threshold)
    if calibration is not None:
        found.llr = float(calibration.llr(cosine))
        found.probability = float(calibration.probability(cosine, prior))
        found.prior = prior
    return found
