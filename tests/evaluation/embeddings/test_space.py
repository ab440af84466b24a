"""Measures of a space against loops, known spaces and a simulated ICC."""

import numpy as np
import pytest

from sb_contrastive.evaluation.embeddings.space import (
    davies_bouldin,
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
    centres, distances = [], []
    for name in "abc":
        own = u[[label == name for label in LABELS]]
        centres.append(own.mean(axis=0))
        distances.append(np.linalg.norm(own - centres[-1], axis=1).mean())
    worst = [
        max(
            (distances[i] + distances[j])
            / np.linalg.norm(centres[i] - centres[j])
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
        with pytest.raises(ValueError, match="3 embeddings but 2 labels"):
            measure(space(3), "ab")
    for measure in (davies_bouldin, intraclass_correlation):
        with pytest.raises(ValueError, match="class with two"):
            measure(space(2), "ab")
