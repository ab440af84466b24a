"""faiss makes the groups that scikit-learn makes, or nearly so, and the same each time."""

import sys

import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score

from sb_contrastive.evaluation.clustering import group_speakers, kmeans, tree
from sb_contrastive.evaluation.clustering.kmeans import (
    k_means_library,
    small_groups,
)
from sb_contrastive.evaluation.verification.calibration import fit_unlabelled


def voices(speakers, each, spread, D=16):
    rng = np.random.default_rng(0)
    z = rng.standard_normal((speakers, 1, D), np.float32)
    z = z + spread * rng.standard_normal((speakers, each, D), np.float32)
    z = z.reshape(-1, D)
    z /= np.linalg.norm(z, axis=1, keepdims=True)
    return z, np.repeat(np.arange(speakers), each)


def cost(z, means, labels):
    return np.square(z - means[labels]).sum()


@pytest.mark.parametrize("library", ["scikit-learn", "faiss"])
def test_each_item_is_in_the_group_of_the_nearest_centre(library):
    pytest.importorskip(library.replace("scikit-learn", "sklearn"))
    z = voices(20, 30, spread=0.4)[0]
    means, labels = small_groups(z, 60, 5, library)
    assert means.shape[1] == 16 and labels.shape == (600,)
    assert set(labels) == set(range(len(means)))
    distances = np.square(z[:, None] - means).sum(axis=2)
    # Centres have moved once more after items were given to them
    assert (distances.argmin(axis=1) == labels).mean() > 0.98
    again = small_groups(z, 60, 5, library)
    np.testing.assert_array_equal(again[0], means)
    np.testing.assert_array_equal(again[1], labels)
    other = small_groups(z, 60, 6, library)[1]
    assert adjusted_rand_score(labels, other) < 1


def test_faiss_is_as_good_as_scikit_learn():
    pytest.importorskip("faiss")
    z, speakers = voices(20, 100, spread=0.4)
    costs = {}
    for library in ("scikit-learn", "faiss"):
        means, labels = small_groups(z, 200, 5, library)
        costs[library] = cost(z, means, labels)
    assert costs["faiss"] < 1.03 * costs["scikit-learn"]


def test_threads_change_nothing():
    faiss = pytest.importorskip("faiss")
    z, before = voices(20, 100, spread=0.4)[0], faiss.omp_get_max_threads()
    found = []
    for threads in (1, 2):
        faiss.omp_set_num_threads(threads)
        found.append(small_groups(z, 200, 5, "faiss"))
    faiss.omp_set_num_threads(before)
    np.testing.assert_array_equal(found[0][1], found[1][1])
    np.testing.assert_array_equal(found[0][0], found[1][0])


def test_more_groups_than_different_items():
    pytest.importorskip("faiss")
    z = np.eye(4, dtype=np.float32).repeat(5, axis=0)
    means, labels = small_groups(z, 9, 1, "faiss")
    assert set(labels) == set(range(len(means)))
    np.testing.assert_allclose(means[labels], z, atol=1e-6)


def test_speakers_are_found_with_and_without_faiss(monkeypatch):
    monkeypatch.setattr(tree, "MOST", 100)
    monkeypatch.setattr(tree, "CENTRES", 120)
    monkeypatch.setattr(kmeans, "FROM", 100)
    z, speakers = voices(12, 20, spread=0.3)
    calibration = fit_unlabelled(z).calibration
    if k_means_library(len(z)) == "faiss":
        found = group_speakers(z, calibration)
        assert adjusted_rand_score(found.labels, speakers) > 0.95
    # As if it were not installed
    monkeypatch.setitem(sys.modules, "faiss", None)
    monkeypatch.setattr(kmeans.importlib.util, "find_spec", lambda name: None)
    assert k_means_library(len(z)) == "scikit-learn"
    found = group_speakers(z, calibration)
    assert adjusted_rand_score(found.labels, speakers) > 0.95
