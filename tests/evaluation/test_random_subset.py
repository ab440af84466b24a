"""A random subset has the right size, no item twice and no favourites."""

import numpy as np
import pytest

from sb_contrastive.evaluation.random_subset import random_subset


@pytest.mark.parametrize("N, most", [(0, 3), (3, 3), (4, 3), (100, 1)])
def test_size_and_order(N, most):
    chosen = random_subset(N, most, seed=0)
    assert len(chosen) == min(N, most)
    assert (np.diff(chosen) > 0).all() and set(chosen) <= set(range(N))


def test_every_item_is_chosen_equally_often():
    counts = np.zeros(10)
    for seed in range(2000):
        counts[random_subset(10, 3, seed)] += 1
    # binomial with p = 0.3: five standard deviations
    assert abs(counts - 600).max() < 5 * (2000 * 0.3 * 0.7) ** 0.5
    np.testing.assert_array_equal(
        random_subset(10, 3, seed=1), random_subset(10, 3, seed=1)
    )
