"""Measures without labels have their closed forms, and do not depend on the order or level."""

import math

import numpy as np
import pytest
import torch

from sb_contrastive.evaluation.embeddings.label_free.alpha_req import alpha_req
from sb_contrastive.evaluation.embeddings.label_free.lidar import lidar
from sb_contrastive.evaluation.embeddings.label_free.measures import (
    label_free_measures,
)
from sb_contrastive.evaluation.embeddings.label_free.stability import (
    cluster_stability,
)
from sb_contrastive.evaluation.verification.error_rates import eer


def with_spectrum(values, N):
    """Embeddings [N, D] around 0 whose covariance has these eigenvalues."""
    torch.manual_seed(0)
    D = len(values)
    basis = torch.linalg.qr(
        torch.cat([torch.ones(N, 1), torch.randn(N, D)], dim=1).double()
    ).Q[:, 1:]
    turn = torch.linalg.qr(torch.randn(D, D).double()).Q
    return basis * torch.tensor(values).double().sqrt() @ turn


@pytest.mark.parametrize("alpha", [0.5, 1.0, 1.3])
@pytest.mark.parametrize("N, D", [(100, 40), (41, 40)])
def test_a_power_law_has_its_exponent(alpha, N, D):
    z = with_spectrum([i**-alpha for i in range(1, D + 1)], N)
    assert alpha_req(z) == pytest.approx(alpha, abs=1e-6)
    # The first eigenvalue and those below the middle do not count
    values = [i**-alpha for i in range(1, D + 1)]
    values[0], values[-1] = 50.0, 1e-9
    assert alpha_req(with_spectrum(values, N)) == pytest.approx(alpha, abs=1e-6)


def test_a_collapsed_or_tiny_space_has_no_slope():
    assert math.isnan(alpha_req(torch.ones(10, 8)))
    assert math.isnan(alpha_req(torch.randn(10, 5)))


def slow_lidar(z, delta):
    """The formula of the paper with explicit matrices."""
    N, q, D = z.shape
    between, within = np.zeros((D, D)), np.zeros((D, D))
    for own in z:
        d = own.mean(axis=0) - z.mean(axis=(0, 1))
        between += np.outer(d, d) / N
        for crop in own:
            e = crop - own.mean(axis=0)
            within += np.outer(e, e) / (N * q)
    values, vectors = np.linalg.eigh(within + delta * np.eye(D))
    root = vectors / np.sqrt(values) @ vectors.T
    share = np.linalg.eigvalsh(root @ between @ root).clip(0)
    share = share / share.sum()
    return math.exp(-sum(p * math.log(p) for p in share if p > 1e-15))


@pytest.mark.parametrize("N, q, D", [(2, 2, 3), (9, 4, 6), (5, 3, 20)])
def test_lidar_is_that_of_explicit_matrices(N, q, D):
    rng = np.random.default_rng(N)
    z = rng.standard_normal((N, 1, D)) + 0.5 * rng.standard_normal((N, q, D))
    found = lidar(torch.from_numpy(z), delta=1e-2)
    assert found == pytest.approx(slow_lidar(z, 1e-2), rel=1e-4)
    assert lidar(torch.from_numpy(z[::-1].copy())) == pytest.approx(
        lidar(torch.from_numpy(z))
    )


def test_lidar_of_a_collapsed_space_is_one():
    assert lidar(torch.ones(5, 2, 4)) == 1.0
    with pytest.raises(ValueError, match="two or more crops"):
        lidar(torch.ones(5, 1, 4))


def test_stability_of_the_same_and_of_unrelated_crops():
    rng = np.random.default_rng(0)
    z = rng.standard_normal((64, 16))
    assert cluster_stability(z, 3 * z) == 1.0
    assert abs(cluster_stability(z, rng.standard_normal((64, 16)))) < 0.1
    near = cluster_stability(z, z + 0.3 * rng.standard_normal((64, 16)))
    assert 0.2 < near < 1
    with pytest.raises(ValueError, match="four or more"):
        cluster_stability(z[:3], z[:3])


def test_crops_are_tried_against_each_other():
    torch.manual_seed(1)
    z = torch.randn(6, 1, 8) + 0.7 * torch.randn(6, 4, 8)
    targets, others = [], []
    for i in range(24):
        for j in range(i):
            pair = z[i // 4, i % 4], z[j // 4, j % 4]
            cosine = torch.cosine_similarity(*pair, dim=0)
            (targets if i // 4 == j // 4 else others).append(cosine)
    found = label_free_measures(z)
    assert found["crop_eer"] == pytest.approx(eer(targets, others)[0])
    assert 0 < found["crop_eer"] < 0.4


def test_levels_and_the_order_of_utterances_do_not_matter():
    torch.manual_seed(2)
    z = torch.randn(20, 1, 12) + 0.5 * torch.randn(20, 4, 12)
    found = label_free_measures(z)
    level = torch.rand(20, 4, 1) + 0.1
    for other in (z * level, z.flip(0)):
        assert label_free_measures(other) == pytest.approx(found, rel=1e-4)


@pytest.mark.parametrize("N, D", [(4, 6), (5, 192)])
def test_few_utterances_are_enough(N, D):
    found = label_free_measures(torch.randn(N, 4, D))
    assert all(math.isfinite(value) for value in found.values())
    with pytest.raises(ValueError, match="4 utterances or more"):
        label_free_measures(torch.randn(3, 4, D))
