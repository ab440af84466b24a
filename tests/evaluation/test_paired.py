"""The interval of a paired difference against loops over resamples."""

import statistics

import numpy as np
import pytest

from sb_contrastive.evaluation.paired import (
    over_folds,
    paired_interval,
    ua_interval,
)
from sb_contrastive.evaluation.resampling import draw_counts

FOLDS = {"1": "ab", "2": "cd", "3": "ef"}
DRAWS = 200


def made_up(seed, rate):
    """Hits of one seed: speaker b says no "sad", and fold 3 is hard."""
    generator = np.random.default_rng(seed)
    return {
        fold: [
            (s, label, bool(generator.random() < rate - 0.3 * (fold == "3")))
            for s in speakers
            for label in ("ang", "neu", "sad")
            for _ in range(3 + (s == "e"))
            if (s, label) != ("b", "sad")
        ]
        for fold, speakers in FOLDS.items()
    }


def slow(systems, pooled=False):
    """Repeat the rows of each speaker as often as it is drawn."""
    differences = []
    for counts in draw_counts(6, DRAWS, seed=0):
        times = dict(zip("abcdef", counts))
        means = []
        for seeds in systems:
            parts = [rows for folds in seeds for rows in folds.values()]
            drawn = [
                [row for row in rows for _ in range(times[row[0]])]
                for rows in parts
            ]
            if pooled:
                drawn = [sum(drawn, [])]
            heard = {i: rows for i, rows in enumerate(drawn) if rows}
            means.append(over_folds(heard)[1])
        differences.append(means[0] - sum(means[1:]))
    return np.quantile(differences, [0.025, 0.975])


@pytest.mark.parametrize("pooled", [False, True])
def test_equals_the_loop(pooled):
    one = [made_up(seed, 0.9) for seed in (1, 2)]
    other = [made_up(seed, 0.6) for seed in (3, 4)]
    found = paired_interval(one, other, DRAWS, pooled)
    assert found == pytest.approx(slow([one, other], pooled))


def test_the_interval_of_one_system_equals_the_loop():
    seeds = [made_up(seed, 0.7) for seed in (1, 2)]
    assert ua_interval(seeds, DRAWS) == pytest.approx(slow([seeds]))


def test_the_interval_is_of_the_quantity_beside_it():
    """One fold is large: the mean over folds and the pooled UA differ."""
    right = {"1": [("a", "x", True)] * 100, "2": [("b", "x", True)]}
    wrong = {"1": [("a", "x", False)] * 100, "2": [("b", "x", True)]}
    gain = statistics.fmean([100, 0])
    found = paired_interval([right], [wrong])
    assert found == pytest.approx([0, 100]) and gain == 50
    rows = {
        f: [(f"{s}{f}", *row[1:]) for s in "pqrstu" for row in fold]
        for f, fold in right.items()
    }
    others = {
        f: [(f"{s}{f}", *row[1:]) for s in "pqrstu" for row in fold]
        for f, fold in wrong.items()
    }
    # Whoever is drawn, a fold that is heard has 100 or 0 points
    assert paired_interval([rows], [others]) == pytest.approx([50, 50])
    low, high = paired_interval([rows], [others], pooled=True)
    assert 90 < low <= high <= 100
