"""Fits with labels and without find what scores were drawn from."""

import numpy as np
import pytest

from sb_contrastive.evaluation.verification.calibration import (
    Calibration,
    TwoGaussians,
    cllr,
    fit_trials,
    fit_two_gaussians,
    fit_unlabelled,
    min_cllr,
)


def drawn(seed=0, own=20000, others=20000):
    """Scores around 0.6 and 0.2 with a deviation of 0.1: the log-likelihood ratio
    is 40 x score - 16."""
    rng = np.random.default_rng(seed)
    return rng.normal(0.6, 0.1, own), rng.normal(0.2, 0.1, others)


@pytest.mark.parametrize("prior", [0.5, 0.05])
def test_logistic_regression_finds_the_true_line(prior):
    sides = drawn(others=60000)  # how many there are of a kind does not count
    labels = np.repeat([True, False], list(map(len, sides)))
    found = fit_trials(np.concatenate(sides), labels, prior)
    assert found.scale == pytest.approx(40, rel=0.05)
    assert found.threshold() == pytest.approx(0.4, abs=0.005)
    llrs = [found.llr(side) for side in sides]
    assert cllr(*llrs) - min_cllr(*sides) < 0.003


def test_trials_that_are_told_apart_have_a_finite_scale():
    found = fit_trials([0.1, 0.2, 0.7, 0.8], [False, False, True, True])
    assert 10 < found.scale < 1000
    assert found.threshold() == pytest.approx(0.45)


@pytest.mark.parametrize(
    "scores, labels, words",
    [
        ([0.1, 0.2], [True, True], "there are 2 and 0"),
        ([0.1, 0.2], [True, False], "does not tell these speakers apart"),
    ],
)
def test_trials_that_calibrate_nothing_are_refused(scores, labels, words):
    with pytest.raises(ValueError, match=words):
        fit_trials(scores, labels)


def test_the_threshold_of_two_gaussians_is_where_their_densities_cross():
    found = TwoGaussians((0.1, 0.6), 0.01, (0.95, 0.05))
    t = found.threshold()
    assert t == pytest.approx(0.40888878, abs=1e-7)
    density = [
        w * np.exp(-((t - m) ** 2) / 0.02)
        for m, w in zip(found.means, found.weights)
    ]
    assert density[0] == pytest.approx(density[1])
    # Without the weights it is the middle of the means
    assert found.calibration().threshold() == pytest.approx(0.35)
    low, high = found.means
    assert found.calibration() == pytest.approx(
        ((high - low) / 0.01, -(high**2 - low**2) / 0.02)
    )


@pytest.mark.parametrize("share", [0.5, 0.1, 0.02])
def test_two_gaussians_are_found_without_labels(share):
    scores = drawn(own=round(1e5 * share), others=round(1e5 * (1 - share)))
    found = fit_two_gaussians(np.concatenate(scores))
    assert found.means == pytest.approx((0.2, 0.6), abs=0.01)
    assert found.variance == pytest.approx(0.01, rel=0.05)
    assert found.weights[1] == pytest.approx(share, rel=0.1)


def voices(speakers, each, spread=0.5, D=24, seed=0):
    """Embeddings around a random direction for each speaker, and the speakers."""
    rng = np.random.default_rng(seed)
    z = rng.standard_normal((speakers, 1, D))
    z = z + spread * rng.standard_normal((speakers, each, D)) + 0.5
    return z.reshape(-1, D), np.repeat(np.arange(speakers), each)


def test_unlabelled_recordings_calibrate_as_labels_would():
    z, speakers = voices(20, 12)
    found = fit_unlabelled(z)
    unit = z / np.linalg.norm(z, axis=1, keepdims=True)
    pairs = np.triu_indices(len(z), 1)
    cosines = (unit @ unit.T)[pairs]
    same = speakers[pairs[0]] == speakers[pairs[1]]
    sides = cosines[same], cosines[~same]
    cost = cllr(*map(found.calibration.llr, sides))
    assert cost - min_cllr(*sides) < 0.03
    assert found.share == pytest.approx(same.mean(), rel=0.1)
    # More recordings than are looked at: a choice of them tells the same
    assert found.recordings == 240


def test_one_group_is_no_calibration():
    z, _ = voices(60, 1)  # nobody twice
    with pytest.raises(ValueError, match="show no two groups"):
        fit_unlabelled(z)
    with pytest.raises(ValueError, match="9 recordings are too few"):
        fit_unlabelled(z[:9])


def test_a_line_turns_cosines_into_probabilities():
    line = Calibration(40, -16)
    assert line.probability(0.4, 0.5) == pytest.approx(0.5)
    assert line.probability(0.4, 0.2) == pytest.approx(0.2)
    for prior in (0.01, 0.5, 0.9):
        at = line.threshold(prior)
        assert line.probability(at, prior) == pytest.approx(0.5)
    with pytest.raises(ValueError, match="between 0 and 1, not 1.5"):
        line.probability(0.4, 1.5)
