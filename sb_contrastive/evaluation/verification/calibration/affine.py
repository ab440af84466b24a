"""Turns cosines into log-likelihood ratios and probabilities by a line."""

from typing import NamedTuple

import numpy as np


class Calibration(NamedTuple):
    """Holds the line that makes a log-likelihood ratio (LLR) of a cosine:
    scale x cosine + offset.

    The LLR is the natural logarithm of p(cosine | one speaker) / p(cosine | two
    speakers). It is positive where the cosine speaks for one speaker.

    Arguments
    ---------
    scale : float
        Positive.
    offset : float
        The LLR of a cosine of 0.

    Example
    -------
    >>> calibration = Calibration(scale=20.0, offset=-8.0)
    >>> calibration.llr(0.5), calibration.threshold()
    (2.0, 0.4)
    >>> round(float(calibration.probability(0.5, prior=0.5)), 3)
    0.881
    >>> calibration.threshold(prior=0.01) > calibration.threshold()
    True
    """

    scale: float
    offset: float

    def llr(self, cosines):
        """Return the log-likelihood ratios of cosines of any shape."""
        return self.scale * cosines + self.offset

    def probability(self, cosines, prior=0.5):
        """Return the probability of one speaker where a share `prior` of all
        comparisons are of one speaker."""
        from scipy.special import expit  # imported late: it takes a second

        return expit(self.llr(cosines) + prior_log_odds(prior))

    def threshold(self, prior=0.5):
        """Return the cosine above which one speaker is more probable than two."""
        return (-prior_log_odds(prior) - self.offset) / self.scale


def prior_log_odds(prior):
    """Return ln(prior / (1 - prior)).

    Arguments
    ---------
    prior : float
        The share of target trials, between 0 and 1.

    Returns
    -------
    float

    Raises
    ------
    ValueError
        When it is no share.

    Example
    -------
    >>> prior_log_odds(0.5)
    0.0
    """
    if not 0 < prior < 1:
        raise ValueError(
            f"the prior is the share of comparisons that are of one speaker, "
            f"between 0 and 1, not {prior}"
        )
    return float(np.log(prior) - np.log1p(-prior))
