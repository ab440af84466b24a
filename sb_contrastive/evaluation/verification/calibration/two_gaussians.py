"""Fits two Gaussians to the cosines of unlabelled pairs: of two speakers, and of one."""

from typing import NamedTuple

import numpy as np

from sb_contrastive.evaluation.verification.calibration.affine import (
    Calibration,
)
from sb_contrastive.evaluation.verification.scores.score_array import (
    score_array,
)
from sb_contrastive.evaluation.verification.scores.score_bins import (
    are_alike,
)

BINS = 1000
STARTS = (0.3, 0.1, 0.03, 0.01)  # shares of pairs of one speaker
STEPS = 1000
STILL = 1e-10  # gain in log-likelihood per pair


class TwoGaussians(NamedTuple):
    """Holds a mixture of two Gaussians with one variance, by rising mean.

    With one variance for both, the log-likelihood ratio is a line.

    Arguments
    ---------
    means : tuple of float
        Of pairs of two speakers, and of pairs of one.
    variance : float
        Of both.
    weights : tuple of float
        Shares of both kinds of pairs.

    Example
    -------
    >>> found = TwoGaussians(means=(0.1, 0.6), variance=0.01, weights=(0.95, 0.05))
    >>> round(found.threshold(), 7), round(found.separation, 3)
    (0.4088888, 5.0)
    >>> found.calibration()
    Calibration(scale=50.0, offset=-17.5)
    """

    means: tuple
    variance: float
    weights: tuple

    @property
    def separation(self):
        """Return the distance of the means in standard deviations. At 2 or less
        the density has one peak, and there is no sign of two groups."""
        low, high = self.means
        return float((high - low) / np.sqrt(self.variance))

    def threshold(self):
        """Return the cosine above which a pair of this audio is more probably of
        one speaker than of two."""
        return self.calibration().threshold(self.weights[1])

    def calibration(self):
        """Return the log-likelihood ratio as a line, without the weights."""
        low, high = self.means
        scale = (high - low) / self.variance
        return Calibration(scale, -scale * (low + high) / 2)


def fit_two_gaussians(scores, weights=None):
    """Fit two Gaussians with one variance by expectation maximisation.

    It starts from several shares of pairs of one speaker and keeps the fit of
    the highest likelihood. Nothing is drawn, so equal scores give equal fits.

    Arguments
    ---------
    scores : array, tensor or list
        Of pairs of different recordings.
    weights : numpy.ndarray, optional
        How often each score occurs. When absent, scores are counted in a
        thousand bins, so that millions of them cost as much as a few.

    Returns
    -------
    TwoGaussians

    Raises
    ------
    ValueError
        See `binned`.

    Example
    -------
    >>> rng = np.random.default_rng(0)
    >>> strangers = rng.normal(0.1, 0.1, 95000)
    >>> own = rng.normal(0.6, 0.1, 5000)
    >>> found = fit_two_gaussians(np.concatenate([strangers, own]))
    >>> [round(m, 2) for m in found.means], round(found.weights[1], 2)
    ([0.1, 0.6], 0.05)
    """
    if weights is None:
        scores, weights = binned(scores)
    share = weights / weights.sum()
    least = (
        np.ptp(scores) / BINS
    ) ** 2 / 12  # no variance is below that of a bin
    fits = [_fit(scores, share, least, start) for start in STARTS]
    return max(fits, key=lambda fit: fit[1])[0]


def binned(scores):
    """Count scores in a thousand bins.

    Arguments
    ---------
    scores : array, tensor or list
        Of pairs of recordings.

    Returns
    -------
    x : numpy.ndarray
        Middles of the bins that are not empty [X], rising.
    counts : numpy.ndarray
        [X].

    Raises
    ------
    ValueError
        When there are fewer than 4 scores, or they are all equal.

    Example
    -------
    >>> x, counts = binned([0.0, 0.0, 0.5, 1.0])
    >>> x.round(2).tolist(), counts.tolist()
    ([0.0, 0.5, 1.0], [2, 1, 1])
    """
    scores = score_array(scores, "scores")
    if len(scores) < 4 or are_alike(scores):
        raise ValueError(
            f"{len(scores)} pairs of recordings are too few or too alike to "
            f"tell two kinds of them apart"
        )
    counts, edges = np.histogram(scores, BINS)
    kept = counts > 0
    return (edges[:-1] + edges[1:])[kept] / 2, counts[kept]


def _fit(x, share, least, start):
    """Fit from a share of pairs; return the mixture and its log-likelihood."""
    cut = np.searchsorted(np.cumsum(share), 1 - start)
    own = (np.arange(len(x)) > min(cut, len(x) - 2)).astype(float)
    before = -np.inf
    for _ in range(STEPS):
        parts = np.stack([1 - own, own]) * share  # [2, X]
        weights = parts.sum(axis=1)
        means = parts @ x / weights
        variance = (parts * (x - means[:, None]) ** 2).sum() + least
        logs = np.log(weights)[:, None] - 0.5 * (
            (x - means[:, None]) ** 2 / variance + np.log(2 * np.pi * variance)
        )
        both = np.logaddexp(*logs)
        own = np.exp(logs[1] - both)
        likelihood = float(share @ both)
        if likelihood - before < STILL:
            break
        before = likelihood
    return (
        TwoGaussians(
            tuple(map(float, means)),
            float(variance),
            tuple(map(float, weights)),
        ),
        likelihood,
    )
