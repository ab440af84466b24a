"""Measures of a space against loops, known spaces and a simulated ICC."""

import numpy as np
import pytest

from sb_contrastive.evaluation.embeddings.space import (
    davies_bouldin,
    few_shot_accuracy,
    intraclass_correlation,
    space_report,
    within_between,
)

LABELS = list("aaaabbbccc")


def space(N=10, D=4, seed=0):
    return np.random.default_rng(seed).standard_normal((N, D))


def unit(z):
    return z / np.linalg.norm(z, axis=1, keepdims=True)


def test_within_between_equals_the_loop():
    u = unit(space())
    mean = u.mean(axis=0)
    within = between = 0.0
    for name in "abc":
        own = [x for x, label in zip(u, LABELS) if label == name]
        centre = sum(own) / len(own)
        within += sum(sum((x - centre) ** 2) for x in own)
        between += len(own) * sum((centre - mean) ** 2)
    value = within_between(space(), LABELS)
    assert value == pytest.approx(within / between)
    assert within_between(7 * space(), LABELS) == pytest.approx(value)


def test_davies_bouldin_equals_the_loop():
    u = unit(space())
    centres, spreads = [], []
    for name in "abc":
        own = u[[label == name for label in LABELS]]
        centres.append(own.mean(axis=0))
        spreads.append(np.linalg.norm(own - centres[-1], axis=1).mean())
    worst = [
        max(
            (spreads[i] + spreads[j]) / np.linalg.norm(centres[i] - centres[j])
            for j in range(3)
            if j != i
        )
        for i in range(3)
    ]
    assert davies_bouldin(space(), LABELS) == pytest.approx(np.mean(worst))


def test_icc_of_even_classes_equals_the_textbook():
    u, labels = unit(space(12)), np.repeat(list("abc"), 4)
    expected = []
    for x in u.T:
        groups = [x[labels == name] for name in "abc"]
        msb = 4 * np.var([g.mean() for g in groups], ddof=1)
        msw = np.mean([np.var(g, ddof=1) for g in groups])
        expected.append((msb - msw) / (msb + 3 * msw))
    value = intraclass_correlation(space(12), labels)
    assert value == pytest.approx(np.mean(expected))


@pytest.mark.parametrize("share", [0.0, 0.5, 0.9])
def test_icc_is_the_share_of_variance_between_classes(share):
    rng = np.random.default_rng(1)
    classes = rng.integers(0, 800, 4000)  # of uneven size
    D = 100  # so many that unit length leaves variances as they are
    z = share**0.5 * rng.standard_normal((800, D))[classes]
    z += (1 - share) ** 0.5 * rng.standard_normal((4000, D))
    assert intraclass_correlation(z, classes) == pytest.approx(share, abs=0.02)


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


def test_classes_that_are_points_and_a_space_that_is_one():
    report = space_report(np.eye(3)[[0, 0, 1, 1, 2, 2]], "aabbcc")
    assert report["within_between"] == report["davies_bouldin"] == 0
    assert report["ICC"] == pytest.approx(1)
    assert report["effective_rank"] == pytest.approx(3, rel=1e-4)
    assert report["few_shot_UA_20"] == 1
    collapsed = space_report(np.ones((6, 3)) / 3, "aabbcc")
    assert collapsed["within_between"] == collapsed["davies_bouldin"] == np.inf
    assert collapsed["ICC"] == 0
    assert collapsed["effective_rank"] == pytest.approx(1, rel=1e-4)
    assert collapsed["few_shot_UA_1"] == pytest.approx(1 / 3)


def test_what_cannot_be_measured_is_refused():
    for measure in (within_between, davies_bouldin, intraclass_correlation):
        with pytest.raises(ValueError, match="two classes, got a"):
            measure(space(3), "aaa")
        with pytest.raises(ValueError, match=r"\[3, 4\] and 2"):
            measure(space(3), "ab")
    for measure in (davies_bouldin, intraclass_correlation):
        with pytest.raises(ValueError, match="class with two"):
            measure(space(2), "ab")
    with pytest.raises(ValueError, match="two embeddings of each class"):
        few_shot_accuracy(space(3), "aab")
    with pytest.raises(ValueError, match="k is 1 or more"):
        few_shot_accuracy(space(4), "aabb", k=0)
