"""The gate: where two Gaussians cross, what a mixture finds, and what it leaves alone."""

import math

import numpy as np
import pytest
import torch

from sb_contrastive.losses import LabelCorrection, LossGate
from sb_contrastive.losses.classification.loss_gate import (
    fitted_threshold,
    gaussian_crossing,
)


def test_the_golden_crossing():
    found = gaussian_crossing([-1.0, 1.5], [0.64, 0.36], [0.7, 0.3])
    assert found == pytest.approx(0.5373994048, abs=1e-10)
    # The order of the two does not matter
    assert gaussian_crossing(
        [1.5, -1.0], [0.36, 0.64], [0.3, 0.7]
    ) == pytest.approx(found)


@pytest.mark.parametrize("variances", [(1.0, 1.0), (0.3, 2.0), (2.0, 0.3)])
def test_the_densities_are_equal_there(variances):
    means, weights = (-2.0, 3.0), (0.6, 0.4)
    x = gaussian_crossing(means, variances, weights)
    one, other = (
        w / math.sqrt(v) * math.exp(-((x - m) ** 2) / (2 * v))
        for m, v, w in zip(means, variances, weights)
    )
    assert means[0] < x < means[1] and one == pytest.approx(other)


def test_no_crossing_between_the_means_is_none():
    assert gaussian_crossing([0, 3], [1, 1], [1 - 1e-9, 1e-9]) is None


def test_a_mixture_parts_two_kinds_and_leaves_one_alone():
    rng = np.random.default_rng(0)
    clean = rng.normal(-1.5, 0.5, 800)
    wrong = rng.normal(1.5, 0.4, 200)
    losses = torch.tensor(np.exp(np.concatenate([clean, wrong])))
    threshold = fitted_threshold(losses)
    assert -0.5 < math.log(threshold) < 1.0
    assert ((losses > threshold)[800:]).float().mean() > 0.98
    assert fitted_threshold(losses[:800]) is None  # one peak
    assert fitted_threshold(torch.ones(50)) is None
    assert fitted_threshold(losses[:3]) is None


@pytest.mark.parametrize("wrong, keeps_all", [(300, False), (600, True)])
def test_an_upper_peak_that_holds_most_is_no_sign_of_wrong_labels(
    wrong, keeps_all
):
    rng = np.random.default_rng(0)
    logs = [rng.normal(-1.5, 0.5, 1000 - wrong), rng.normal(1.5, 0.4, wrong)]
    gate = LossGate(begins=0.0)
    gate.remember(1100)  # of a hundred nothing is known yet
    losses = torch.tensor(np.exp(np.concatenate(logs)), dtype=torch.float32)
    gate.note(torch.arange(1000), losses)
    assert gate.refit() != keeps_all
    kept = gate.opens(losses, progress=0.5).float().mean().item()
    assert kept == pytest.approx(
        1.0 if keeps_all else 1 - wrong / 1000, abs=0.01
    )
    assert LossGate(most=0.7, begins=0.0).most == 0.7


def test_losses_of_zero_and_none_do_no_harm():
    wrong = torch.linspace(2.0, 4.0, 40)
    losses = torch.cat(
        [torch.zeros(60), wrong, torch.tensor([math.nan, math.inf])]
    )
    threshold = fitted_threshold(losses)
    assert 0 < threshold < 2


def test_a_fixed_gate_opens_when_it_begins():
    gate = LossGate(threshold=3.0, begins=0.5)
    gate.remember(2)
    losses = torch.tensor([2.0, 4.0])
    assert gate.opens(losses, 0.4).tolist() == [True, True]
    assert gate.opens(losses, 0.5).tolist() == [True, False]
    assert gate.refit() and gate.threshold == 3.0


def test_the_latest_losses_and_the_threshold_are_kept():
    gate = LossGate(begins=0.0)
    gate.remember(30)
    gate.note(torch.arange(30), torch.linspace(0.1, 0.2, 30))
    gate.note(torch.tensor([1, 2]), torch.tensor([7.0, 8.0]))
    other = LossGate()
    other.remember(30)
    other.load_state_dict(gate.state_dict())
    assert torch.equal(other.losses, gate.losses) and other.losses[2] == 8.0


def test_labels_are_corrected_by_sure_answers_only():
    cosines = torch.tensor([[0.9, 0.1, 0.2], [0.50, 0.49, 0.48]])
    found, sure = LabelCorrection()(cosines)
    torch.testing.assert_close(found, (30 * cosines).softmax(dim=1))
    assert sure.tolist() == [True, False]
