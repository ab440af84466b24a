"""Fits a calibration to recordings of unknown speakers."""

from typing import NamedTuple

import numpy as np

from sb_contrastive.evaluation.random_subset import random_subset
from sb_contrastive.evaluation.verification.calibration.affine import (
    Calibration,
    prior_log_odds,
)
from sb_contrastive.evaluation.verification.calibration.logistic import (
    fit_line,
)
from sb_contrastive.evaluation.verification.calibration.two_gaussians import (
    binned,
    fit_two_gaussians,
)
from sb_contrastive.evaluation.verification.scores.scoring import file_vectors

LEAST = 10  # recordings
MOST = 3000  # recordings, of which all pairs are looked at
ONE_PEAK = 2  # standard deviations between means, see TwoGaussians.separation
LARGEST = 1 - 1e-6  # cosine of a recording with its copy


class Unlabelled(NamedTuple):
    """Holds a calibration that no label was needed for.

    Arguments
    ---------
    calibration : Calibration
        Makes log-likelihood ratios of cosines.
    share : float
        The share of pairs that are of one speaker, as far as the fit can tell.
    separation : float
        Distance of the two Gaussians in standard deviations.
    recordings : int
        How many recordings the pairs were made of.
    """

    calibration: Calibration
    share: float
    separation: float
    recordings: int

    @property
    def error(self):
        """Return the equal error rate that the two Gaussians foretell."""
        from scipy.stats import norm  # imported late: it takes a second

        return float(norm.cdf(-self.separation / 2))


def fit_unlabelled(embeddings, sources=None, seed=1986):
    """Calibrate cosines by two Gaussians, of pairs of two speakers and of one.

    Fisher's transform, artanh(cosine), comes first: near 1, cosines vary less,
    and one variance does not fit both kinds of pairs without it. The line in
    cosines that tells as much as the two Gaussians is then found by logistic
    regression, where each pair counts as both kinds by its posterior.

    Arguments
    ---------
    embeddings : numpy.ndarray
        Raw embeddings of recordings [N, D], several of each of several speakers.
    sources : sequence, optional
        The file of each recording [N]: parts of one file make no pair.
    seed : int
        Of the choice of 3000 recordings where there are more.

    Returns
    -------
    Unlabelled

    Raises
    ------
    ValueError
        When there are too few recordings, or no sign of two kinds of pairs.

    Example
    -------
    >>> rng = np.random.default_rng(0)
    >>> voices = rng.standard_normal((8, 1, 32))
    >>> z = voices + 0.4 * rng.standard_normal((8, 10, 32))
    >>> found = fit_unlabelled(z.reshape(80, 32))
    >>> round(found.share, 2), found.recordings  # 9 of 79 others are one's own
    (0.11, 80)
    """
    cosines, N = pair_cosines(embeddings, sources, seed)
    x, counts = binned(np.clip(cosines, -LARGEST, LARGEST))
    found = fit_two_gaussians(np.arctanh(x), counts)
    share = found.weights[1]
    if found.separation <= ONE_PEAK:
        raise ValueError(
            f"the cosines of {N} recordings show no two groups, one speaker and "
            f"two: the model does not tell these speakers apart, or hardly any "
            f"speaker has two recordings here; give more recordings of each "
            f"speaker, or labelled trials"
        )
    from scipy.special import expit  # imported late: it takes a second

    own = expit(found.calibration().llr(np.arctanh(x)) + prior_log_odds(share))
    line = fit_line(x, own * counts, (1 - own) * counts)
    return Unlabelled(line, share, found.separation, N)


def pair_cosines(embeddings, sources=None, seed=1986):
    """Compute the cosines of all pairs of different files.

    Arguments
    ---------
    embeddings, sources, seed
        See `fit_unlabelled`.

    Returns
    -------
    cosines : numpy.ndarray
        float32, one for each pair.
    N : int
        How many recordings were looked at.

    Raises
    ------
    ValueError
        When there are fewer than ten recordings.

    Example
    -------
    >>> z = np.eye(2)[[0, 1] * 5]
    >>> cosines, N = pair_cosines(z)
    >>> len(cosines), float(cosines.sum()), N
    (45, 20.0, 10)
    >>> len(pair_cosines(z, sources=["a", "a", *"bcdefghi"])[0])
    44
    """
    if len(embeddings) < LEAST:
        raise ValueError(
            f"{len(embeddings)} recordings are too few to tell which cosine "
            f"means one speaker: give at least {LEAST}, several of each speaker"
        )
    chosen = random_subset(len(embeddings), MOST, seed)
    z = file_vectors(np.asarray(embeddings)[chosen], "embedding").numpy()
    first, second = np.triu_indices(len(z), 1)
    cosines = (z @ z.T)[first, second]
    if sources is not None:
        _, file = np.unique(np.asarray(sources)[chosen], return_inverse=True)
        cosines = cosines[file[first] != file[second]]
    return cosines, len(z)
