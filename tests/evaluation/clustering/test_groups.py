"""Speakers are found in embeddings, with their number or without."""

import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score

from sb_contrastive.evaluation.clustering import group_speakers, tree
from sb_contrastive.evaluation.clustering.tree import average_linkage
from sb_contrastive.evaluation.verification.calibration import fit_unlabelled


def voices(speakers, each, spread=0.4, D=32, seed=0):
    rng = np.random.default_rng(seed)
    z = rng.standard_normal((speakers, 1, D))
    z = z + spread * rng.standard_normal((speakers, each, D))
    return z.reshape(-1, D), np.repeat(np.arange(speakers), each)


def unit(z):
    return z / np.linalg.norm(z, axis=1, keepdims=True)


def slow_linkage(z, threshold):
    """Merge the nearest two groups by all pairs of members, one after another."""
    cosines, groups = z @ z.T, [[i] for i in range(len(z))]
    while len(groups) > 1:
        means = {
            (a, b): cosines[np.ix_(groups[a], groups[b])].mean()
            for a in range(len(groups))
            for b in range(a)
        }
        (a, b), best = max(means.items(), key=lambda item: item[1])
        if best <= threshold:
            break
        groups[b] += groups.pop(a)
    labels = np.empty(len(z), int)
    for k, members in enumerate(groups):
        labels[members] = k
    return labels


@pytest.mark.parametrize("threshold", [0.9, 0.5, 0.2, -1.1])
def test_the_tree_is_that_of_all_pairs(threshold):
    z = unit(voices(5, 5, spread=1.0)[0])
    labels, merges = average_linkage(z, threshold)
    expected = slow_linkage(z, threshold)
    assert adjusted_rand_score(labels, expected) == 1
    assert labels.max() + 1 == len(z) - (merges > threshold).sum()
    first = [int(np.argmax(labels == k)) for k in range(labels.max() + 1)]
    assert first == sorted(first)


def test_speakers_are_counted_and_found_without_a_label():
    z, speakers = voices(15, 8)
    calibration = fit_unlabelled(z).calibration
    found = group_speakers(z, calibration)
    assert adjusted_rand_score(found.labels, speakers) == 1
    assert found.between[0] <= 15 <= found.between[1]
    centre = unit(z)[speakers == 3].sum(axis=0)
    expected = unit(z)[speakers == 3] @ centre / np.linalg.norm(centre)
    np.testing.assert_allclose(
        found.cosines[speakers == 3], expected, atol=1e-6
    )
    assert found.sure.min() > 0.9


def test_a_recording_between_two_speakers_is_not_sure():
    z, speakers = voices(10, 8)
    calibration = fit_unlabelled(z).calibration
    middle = unit(z)[speakers == 0].mean(0) + unit(z)[speakers == 1].mean(0)
    found = group_speakers(np.vstack([z, middle]), calibration, number=10)
    assert found.sure[-1] < 0.9 < found.sure[:-1].min()
    assert found.threshold is None and found.between == (10, 10)


def test_a_number_alone_tells_groups_but_not_how_sure():
    z = np.array([[1.0, 0.1], [1.0, 0.0], [0.0, 1.0]])
    found = group_speakers(z, None, number=2)
    assert found.labels.tolist() == [0, 0, 1]
    assert np.isnan(found.sure).all()
    with pytest.raises(ValueError, match="3 recordings cannot be of 4"):
        group_speakers(z, None, number=4)


def test_k_means_first_keeps_the_meaning_of_the_threshold(monkeypatch):
    monkeypatch.setattr(tree, "MOST", 100)
    monkeypatch.setattr(tree, "CENTRES", 60)
    z, speakers = voices(12, 20, spread=0.3)
    calibration = fit_unlabelled(z).calibration
    found = group_speakers(z, calibration)
    assert adjusted_rand_score(found.labels, speakers) > 0.95
    again = group_speakers(z, calibration)
    assert found.labels.tolist() == again.labels.tolist()
