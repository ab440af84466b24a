"""Says how far the number of speakers that was found can be trusted."""

from typing import NamedTuple

import numpy as np

from sb_contrastive.data.randomness import keyed_generator
from sb_contrastive.evaluation.clustering.tree import average_linkage
from sb_contrastive.evaluation.verification.calibration.unlabelled import (
    fit_unlabelled,
)
from sb_contrastive.evaluation.verification.scores.scoring import file_vectors

DRAWS = 20  # resamples
KEPT = 0.8  # share of the recordings in each
MOST = 1500  # recordings, above which none is drawn: it would take minutes
DOUBTFUL = 0.9  # a recording that is less sure of its speaker
FEW = 0.02  # share of such recordings that says nothing yet
APART = 5  # standard deviations between the two kinds of pairs


class Trust(NamedTuple):
    """Says how far a number of speakers can be trusted.

    Arguments
    ---------
    least, most : int
        The range of the number, over resamples and a threshold that is 0.05
        lower or higher.
    doubtful : float
        Share of the recordings that are less than 90 % sure of their speaker.
    separation : float or None
        Standard deviations between the cosines of one speaker and of two, see
        `fit_unlabelled`; None where these recordings show no two kinds.
    refused : int
        How many of 20 resamples show no two kinds.

    Example
    -------
    >>> Trust(6, 6, 0.0, 8.0, 0).reasons()
    []
    >>> Trust(3, 5, 0.1, 8.0, 0).reasons()
    ['other thresholds and parts of the recordings give 3 to 5', '10% of the recordings are less than 90% sure of their speaker']
    """

    least: int
    most: int
    doubtful: float
    separation: float | None
    refused: int

    def reasons(self):
        """List why the number is not to be trusted; empty where nothing speaks
        against it.

        Returns
        -------
        list of str
        """
        found = []
        if self.least < self.most:
            found.append(
                f"other thresholds and parts of the recordings give "
                f"{self.least} to {self.most}"
            )
        if self.doubtful > FEW:
            found.append(
                f"{self.doubtful:.0%} of the recordings are less than "
                f"{DOUBTFUL:.0%} sure of their speaker"
            )
        if self.separation is None or self.refused:
            found.append(
                "the cosines of these recordings, or of parts of them, do not "
                "show two kinds of pairs, of one speaker and of two"
            )
        elif self.separation < APART:
            found.append(
                f"the cosines of one speaker and of two are only "
                f"{self.separation:.1f} standard deviations apart, and {APART} "
                f"tell voices apart that are alike"
            )
        return found


def how_far_to_trust(
    embeddings, groups, calibration=None, files=None, seed=1986
):
    """Find out how far the number of groups can be trusted.

    Parts of the recordings are grouped anew, each by a calibration of its own
    unless the model has one. A group that a part does not have counts all the
    same.

    Arguments
    ---------
    embeddings : numpy.ndarray
        Raw embeddings [N, D].
    groups : Groups
        What was found in them, without a number that was given.
    calibration : Calibration, optional
        That of the model; fitted to these recordings when absent.
    files : list of str, optional
        The file of each recording, see `fit_unlabelled`.
    seed : int
        Of the resamples.

    Returns
    -------
    Trust
    """
    N, K = len(embeddings), int(groups.labels.max()) + 1
    counts, refused, separation = [K, *groups.between], 0, None
    vectors = file_vectors(embeddings, "embedding").numpy()

    def fitted(chosen):
        own = None if files is None else [files[i] for i in chosen]
        return fit_unlabelled(embeddings[chosen], own)

    try:
        separation = fitted(range(N)).separation
    except ValueError:  # too few, or all alike
        pass
    for draw in range(DRAWS if N <= MOST else 0):
        order = keyed_generator(seed, draw, "trust").permutation(N)
        chosen = np.sort(order[: round(KEPT * N)])
        try:
            line = calibration or fitted(chosen).calibration
        except ValueError:
            refused += 1
            continue
        labels, _ = average_linkage(vectors[chosen], line.threshold())
        absent = K - len(np.unique(groups.labels[chosen]))
        counts.append(int(labels.max()) + 1 + absent)
    doubtful = float((groups.sure < DOUBTFUL).mean())
    return Trust(min(counts), max(counts), doubtful, separation, refused)
