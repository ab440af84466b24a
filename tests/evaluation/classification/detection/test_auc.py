"""The area under the ROC curve agrees with counting pairs and with scikit-learn."""

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from sb_contrastive.evaluation.classification.detection.auc import (
    auc,
    resampled_auc,
)


def test_ties_count_half_and_one_class_has_no_auc():
    assert auc([1, 1], [1, 1, 1]) == 0.5
    assert auc([2, 1], [1, 0]) == 0.875
    assert auc([], [1]) is None and auc([1], []) is None


@pytest.mark.parametrize("N", [2, 9, 200])
def test_resamples_agree_with_repeated_scores(N):
    rng = np.random.default_rng(N)
    scores = rng.integers(6, size=N) / 6
    labels = np.append([True, False], rng.random(N - 2) < 0.3)
    counts = rng.integers(0, 4, size=(20, N))
    found = resampled_auc(scores, labels, counts)
    for value, times in zip(found, counts):
        truth, score = np.repeat(labels, times), np.repeat(scores, times)
        if len(set(truth)) < 2:
            assert np.isnan(value)
        else:
            assert value == pytest.approx(roc_auc_score(truth, score))
