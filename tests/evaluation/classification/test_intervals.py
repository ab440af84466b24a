"""Intervals agree with resamples that are written out and scored one by one."""

import numpy as np
import pytest

from sb_contrastive.evaluation.classification.confusion import METRICS
from sb_contrastive.evaluation.classification.intervals import (
    bootstrap_intervals,
)
from sb_contrastive.evaluation.classification.report import (
    classification_report,
)
from tests.support.predictions import random_predictions

CLASSES = ["angry", "happy", "neutral", "sad"]


def slow_bootstrap(labels, predictions, groups, classes, draws, seed):
    """Rows of drawn speakers are put together and scored, draw by draw."""
    names = sorted(set(groups))
    G = len(names)
    generator = np.random.default_rng(seed)
    times_drawn = generator.multinomial(G, [1 / G] * G, size=draws)
    reports = []
    for times in times_drawn:
        rows = [
            i
            for name, t in zip(names, times)
            for i in [j for j, g in enumerate(groups) if g == name] * t
        ]
        reports.append(
            classification_report(
                [labels[i] for i in rows],
                [predictions[i] for i in rows],
                classes,
            )
        )
    return {
        m: np.quantile([r[m] for r in reports], [0.025, 0.975]) for m in METRICS
    }


@pytest.mark.parametrize("G, n", [(2, 12), (5, 60)])
def test_bootstrap_agrees_with_scoring_each_resample(G, n):
    labels, predictions = random_predictions(n, CLASSES)
    groups = [f"s{i % G}" for i in range(n)]
    data = labels, predictions, groups, CLASSES
    intervals = bootstrap_intervals(*data, draws=60, seed=3)
    expected = slow_bootstrap(*data, draws=60, seed=3)
    for m in METRICS:
        np.testing.assert_allclose(intervals[m], expected[m])


def test_bootstrap_resamples_speakers_not_utterances():
    # half the speakers are always right, half always wrong: the standard
    # deviation is that of a mean over 20 coins, for any number of utterances
    G, each = 20, 50
    labels = ["a", "b"] * (G * each // 2)
    groups = np.repeat(np.arange(G), each)
    wrong = groups % 2 == 0
    other = {"a": "b", "b": "a"}
    predictions = [other[x] if w else x for x, w in zip(labels, wrong)]
    intervals = bootstrap_intervals(
        labels, predictions, groups, ["a", "b"], draws=4000
    )
    deviation = 0.5 / G**0.5
    low, high = intervals["WA"]
    assert high - low == pytest.approx(2 * 1.96 * deviation, rel=0.15)


def test_bootstrap_is_repeatable_and_ignores_the_order_of_rows():
    labels, predictions = random_predictions(80, CLASSES)
    groups = [f"s{i % 7}" for i in range(80)]
    first = bootstrap_intervals(labels, predictions, groups, CLASSES)
    turned = [x[::-1] for x in (labels, predictions, groups)]
    assert bootstrap_intervals(*turned, CLASSES) == first
    assert (
        bootstrap_intervals(labels, predictions, groups, CLASSES, seed=1)
        != first
    )
    narrow = bootstrap_intervals(
        labels, predictions, groups, CLASSES, level=0.5
    )
    for m in METRICS:
        assert first[m][0] < narrow[m][0] < narrow[m][1] < first[m][1]


def test_bootstrap_mistakes():
    data = ["sad", "sad"], ["sad", "sad"]
    with pytest.raises(ValueError, match="at least two"):
        bootstrap_intervals(*data, ["s1", "s1"], CLASSES)
    with pytest.raises(ValueError, match="2 labels but 1 groups"):
        bootstrap_intervals(*data, ["s1"], CLASSES)
    with pytest.raises(ValueError, match="draws"):
        bootstrap_intervals(*data, ["s1", "s2"], CLASSES, draws=0)
