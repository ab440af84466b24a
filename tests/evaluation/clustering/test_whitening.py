"""Whitening: variances, and what it leaves as it is."""

import numpy as np
import pytest

from sb_contrastive.evaluation.clustering import whitening
from sb_contrastive.evaluation.clustering.whitening import whitened

RNG = np.random.default_rng(0)
Z = RNG.standard_normal((400, 12)) * np.geomspace(1, 30, 12)


@pytest.mark.parametrize("power", [0.25, 0.5, 1.0])
def test_variances_are_those_of_the_directions_to_a_power(power):
    unit = Z / np.linalg.norm(Z, axis=1, keepdims=True)
    own = np.linalg.svd(unit - unit.mean(0), compute_uv=False) ** 2 / 400
    K = next(k for k in range(13) if own[:k].sum() >= 0.9 * own.sum())
    found = whitened(Z, power)
    assert found.shape == (400, K) and 1 < K < 12
    np.testing.assert_allclose(
        found.T @ found / 400, np.diag(own[:K] ** (1 - power)), atol=1e-5
    )


def test_lengths_and_the_order_of_utterances_change_nothing():
    found = whitened(Z, 0.5)
    lengths = RNG.uniform(0.1, 9, (400, 1))
    np.testing.assert_allclose(whitened(Z * lengths, 0.5), found, atol=1e-4)
    order = RNG.permutation(400)
    np.testing.assert_allclose(whitened(Z[order], 0.5), found[order], atol=1e-4)


def test_embeddings_that_are_all_alike_stay():
    alike = np.ones((5, 3))
    assert whitened(alike, 0.5) is alike


def test_many_are_whitened_in_parts(monkeypatch):
    whole = whitened(Z, 0.5)
    monkeypatch.setattr(whitening, "CHUNK", 64)
    np.testing.assert_allclose(whitened(Z, 0.5), whole, atol=1e-4)
