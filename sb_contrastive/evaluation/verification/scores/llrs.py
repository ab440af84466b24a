"""Scores that are log-likelihood ratios, for which no label is needed."""

import numpy as np
from speechbrain.utils.logger import get_logger

from sb_contrastive.evaluation.verification.calibration.affine import (
    Calibration,
)
from sb_contrastive.evaluation.verification.calibration.unlabelled import (
    fit_unlabelled,
)

logger = get_logger(__name__)
TELLS_NOTHING = Calibration(scale=1e-6, offset=0.0)  # keeps the order


def llrs_without_labels(cosines, embeddings, rows):
    """Makes log-likelihood ratios of the cosines of a trial list, by two Gaussians
    of the cosines of all pairs of its files.

    Where these show no two kinds of pairs, nothing is known: the ratios are
    nearly 0, whose Cllr is 1 bit, and a warning says why.

    Arguments
    ---------
    cosines : numpy.ndarray
        [T], of the trials.
    embeddings : numpy.ndarray
        Of the files of the list [N, D], or [N, n, D] for n segments of each.
    rows : list of dict
        Manifest rows of the files [N].

    Returns
    -------
    numpy.ndarray
        Natural log-likelihood ratios, float32 [T], in the order of the cosines.

    Example
    -------
    >>> rng = np.random.default_rng(0)
    >>> voices = rng.standard_normal((8, 1, 32))
    >>> z = (voices + 0.4 * rng.standard_normal((8, 10, 32))).reshape(80, 32)
    >>> rows = [{"wav": f"{n}.wav"} for n in range(80)]
    >>> same, other = llrs_without_labels(np.array([0.9, 0.1]), z, rows)
    >>> bool(same > 0 > other)
    True
    """
    try:
        line = fit_unlabelled(embeddings, [r["wav"] for r in rows]).calibration
    except ValueError as error:
        logger.warning(f"Log-likelihood ratios that tell nothing: {error}")
        line = TELLS_NOTHING
    return line.llr(np.asarray(cosines, dtype=np.float64)).astype(np.float32)
