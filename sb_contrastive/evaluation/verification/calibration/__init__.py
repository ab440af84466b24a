"""Turns cosines into log-likelihood ratios, with labels or without, and measures how good they are."""

from sb_contrastive.evaluation.verification.calibration.affine import (
    Calibration,
)
from sb_contrastive.evaluation.verification.calibration.costs import (
    actual_dcf,
    cllr,
    min_cllr,
)
from sb_contrastive.evaluation.verification.calibration.logistic import (
    fit_trials,
)
from sb_contrastive.evaluation.verification.calibration.two_gaussians import (
    TwoGaussians,
    fit_two_gaussians,
)
from sb_contrastive.evaluation.verification.calibration.unlabelled import (
    Unlabelled,
    fit_unlabelled,
)

__all__ = [
    "Calibration",
    "TwoGaussians",
    "Unlabelled",
    "actual_dcf",
    "cllr",
    "fit_trials",
    "fit_two_gaussians",
    "fit_unlabelled",
    "min_cllr",
]
