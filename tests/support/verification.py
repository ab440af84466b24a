"""Trials, embeddings and plain error rates for the tests of verification."""

import numpy as np

from sb_contrastive.data.trials.trial_list import Trials
from sb_contrastive.evaluation.verification.error_rates import (
    METRICS,
    eer,
    min_dcf,
)


def all_ordered_pairs(N):
    """Trials of all ordered pairs of N files, a file with itself included."""
    enrol, test = np.indices((N, N)).reshape(2, -1)
    return Trials(enrol % 3 == test % 3, enrol, test, list(map(str, range(N))))


def random_embeddings(*shape, seed=0):
    return np.random.default_rng(seed).normal(0.3, 1, shape)


def metrics(scores, labels):
    """The three metrics of a plain list."""
    sides = scores[labels], scores[~labels]
    costs = [min_dcf(*sides, p_target=p)[0] for p in (0.01, 0.05)]
    return dict(zip(METRICS, (eer(*sides)[0], *costs)))
