"""Weighted error rates equal those of a list that repeats its trials."""

import numpy as np
import pytest

from sb_contrastive.evaluation.verification.error_rates import METRICS
from sb_contrastive.evaluation.verification.weighted_rates import (
    weighted_metrics,
)
from tests.support.verification import metrics


@pytest.mark.parametrize("distinct", [2, 5, 1000])
def test_whole_weights_are_repetitions(distinct):
    rng = np.random.default_rng(distinct)
    for T in (2, 3, 10, 60):
        labels = np.append([True, False], rng.random(T - 2) < 0.4)
        scores = rng.integers(distinct, size=T) / 7 + 0.3 * labels
        weights = rng.integers(0, 4, size=(30, T))
        weights[0] = 1
        found = weighted_metrics(scores, labels, weights)
        for r, w in enumerate(weights):
            repeated = np.repeat(scores, w), np.repeat(labels, w)
            if 0 < repeated[1].sum() < w.sum():
                expected = metrics(*repeated)
            else:
                expected = dict.fromkeys(METRICS, np.nan)
            for name in METRICS:
                np.testing.assert_allclose(
                    found[name][r], expected[name], rtol=1e-12, atol=1e-15
                )
