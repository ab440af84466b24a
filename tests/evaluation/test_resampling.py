"""Bootstrap intervals agree with resamples that are written out, and with the closed form."""

import numpy as np
import pytest

from sb_contrastive.evaluation.resampling import (
    draw_counts,
    resampled_intervals,
)

VALUES = np.random.default_rng(0).normal(size=40)


def mean(counts):
    return {"mean": counts @ VALUES / len(VALUES)}


def test_agrees_with_resamples_that_are_written_out():
    counts = draw_counts(len(VALUES), draws=50, seed=3)
    means = [np.mean(np.repeat(VALUES, times)) for times in counts]
    expected = np.quantile(means, [0.1, 0.9])
    found = resampled_intervals(mean, len(VALUES), 50, seed=3, level=0.8)
    np.testing.assert_allclose(found["mean"], expected)


def test_the_interval_of_a_mean_has_the_width_of_its_standard_error():
    low, high = resampled_intervals(mean, len(VALUES), draws=4000)["mean"]
    error = VALUES.std() / len(VALUES) ** 0.5
    assert high - low == pytest.approx(2 * 1.96 * error, rel=0.05)
    assert (low + high) / 2 == pytest.approx(VALUES.mean(), abs=0.1 * error)


@pytest.mark.parametrize("draws_at_once", [1, 7, 50, 1000])
def test_resamples_may_come_in_parts(draws_at_once):
    whole = resampled_intervals(mean, len(VALUES), 50)
    seen = []

    def measure(counts):
        seen.append(len(counts))
        return mean(counts)

    parts = resampled_intervals(
        measure, len(VALUES), 50, draws_at_once=draws_at_once
    )
    assert parts["mean"] == pytest.approx(whole["mean"])
    assert max(seen) == min(draws_at_once, 50) and sum(seen) == 50


def test_resamples_without_a_value_are_left_out():
    def measure(counts):
        values = np.arange(10.0)
        values[5:] = np.nan
        return {"half": values, "none": np.full(10, np.nan)}

    found = resampled_intervals(measure, 3, draws=10, level=0.5)
    assert found == {"half": [1.0, 3.0], "none": None}


@pytest.mark.parametrize("wrong", [{"draws": 0}, {"level": 0}, {"level": 1.0}])
def test_mistakes(wrong):
    with pytest.raises(ValueError, match="draws must be at least 1"):
        resampled_intervals(mean, len(VALUES), **wrong)
