"""Few-shot accuracy of clusters, of noise and of a collapsed space."""

import numpy as np
import pytest

from sb_contrastive.evaluation.embeddings.few_shot import few_shot_accuracy


def space(N=10, D=4, seed=0):
    return np.random.default_rng(seed).standard_normal((N, D))


def test_few_shot_accuracy_of_clusters_and_of_noise():
    rng, labels = np.random.default_rng(1), np.repeat(list("abcd"), 50)
    means = 3 * np.eye(8)[:4].repeat(50, axis=0)
    noise = rng.standard_normal((200, 8))
    assert few_shot_accuracy(means + 0.3 * noise, labels, k=1) > 0.95
    assert few_shot_accuracy(noise, labels, k=5) == pytest.approx(0.25, abs=0.1)
    few = few_shot_accuracy(means + 1.5 * noise, labels, k=1)
    assert few_shot_accuracy(means + 1.5 * noise, labels, k=20) > few + 0.1


def test_few_shot_examples_are_not_classified_themselves():
    # The other member of each pair lies with the other class
    assert few_shot_accuracy(np.eye(2)[[0, 1, 0, 1]], "aabb", k=9) < 0.4


def test_few_shot_accuracy_is_unweighted_and_repeatable():
    z = np.concatenate([np.eye(2)[np.zeros(90, int)], np.eye(2)[[1] * 10]])
    labels = ["a"] * 90 + ["b"] * 10
    assert few_shot_accuracy(z, labels, k=5) == 1
    same = np.ones((100, 2))
    # All ties go to the first class: recalls 1 and 0
    assert few_shot_accuracy(same, labels, k=5) == 0.5
    noise = space(100)
    values = {few_shot_accuracy(noise, labels, 5, seed) for seed in (1, 1, 2)}
    assert len(values) == 2


def test_mistakes():
    with pytest.raises(ValueError, match="two embeddings of each class"):
        few_shot_accuracy(space(3), "aab")
    with pytest.raises(ValueError, match="k is 1 or more"):
        few_shot_accuracy(space(4), "aabb", k=0)
