"""The best epoch has the best average rank, and is never among those that may be deleted."""

import math

import numpy as np
import pytest

from sb_contrastive.evaluation.embeddings.label_free.ranking import (
    GOODNESS,
    MEASURES,
    best_first,
    mean_ranks,
    undominated,
)


def epochs(values):
    return [
        {"epoch": e, **dict(zip(GOODNESS, map(float, row)))}
        for e, row in enumerate(values, start=1)
    ]


def slow_ranks(rows, measures=MEASURES):
    """Counts the epochs that are better by each measure, ties by half."""
    found = []
    for own in rows:
        total = 0
        for name in measures:
            turn = GOODNESS[name]
            g = [turn(row[name]) for row in rows]
            mine = turn(own[name])
            total += 1 + sum(x > mine for x in g)
            total += (sum(x == mine for x in g) - 1) / 2
        found.append(total / len(measures))
    return found


@pytest.mark.parametrize("measures", [MEASURES, ("crop_eer", "lidar")])
@pytest.mark.parametrize("seed", range(20))
def test_what_may_be_deleted_is_never_chosen_later(seed, measures):
    rng = np.random.default_rng(seed)
    values = rng.integers(0, 4 if seed % 2 else 50, (12, 5)) / 4
    values += np.arange(12)[:, None] * [[1, 1, 1, -1, 1]] * (seed % 3) / 3
    rows = epochs(values)
    found = mean_ranks(rows, measures)
    np.testing.assert_allclose(found, slow_ranks(rows, measures))
    kept = set()
    for done in range(1, len(rows) + 1):
        # An epoch that was let go does not come back
        kept = {r["epoch"] for r in undominated(rows[:done], measures)} & {
            *kept,
            done,
        }
        best = best_first(rows[:done], measures)[0]
        assert best["epoch"] in kept
        ranks = slow_ranks(rows[:done], measures)
        assert ranks[best["epoch"] - 1] == pytest.approx(min(ranks))


def test_of_equal_epochs_the_later_one_is_chosen():
    rows = epochs([[1, 1, 1, 1, 1]] * 3)
    assert [r["epoch"] for r in best_first(rows)] == [3, 2, 1]
    assert [r["epoch"] for r in undominated(rows)] == [3]


def test_a_measure_that_is_not_a_number_is_the_worst():
    rows = epochs([[1, math.nan, 1, 0, 1], [1, 3.0, 1, 0, 1]])
    assert best_first(rows)[0]["epoch"] == 2


def test_epochs_that_were_not_measured_are_left_out():
    rows = [{"epoch": 1, "valid_loss": 1.0}, *epochs([[1, 1, 1, 1, 1]])]
    assert len(best_first(rows)) == len(undominated(rows)) == 1
    assert best_first(rows[:1]) == undominated(rows[:1]) == []
