"""One loss of several objectives, and their names in the log."""

import pytest
import torch

from sb_contrastive.brains.pretraining.objective_losses import ObjectiveLosses
from sb_contrastive.objectives import Moment, Objective

MOMENT = Moment(0.5, 1, 1, ["a", "b"])


class Mean(Objective):
    def loss(self, outputs, moment):
        return outputs.mean()

    def figures(self, loss, progress):
        return {"spread": loss}


class Parted(Objective):
    parts = ("near", "far")
    validated = False

    def loss(self, outputs, moment):
        return outputs.sum(), {"near": outputs[0], "far": outputs[1]}


@pytest.fixture
def outputs():
    return {name: torch.tensor([1.0, 2.0]) for name in ("one", "two", "three")}


def make(**objectives):
    weights = {name: float(n + 1) for n, name in enumerate(objectives)}
    return ObjectiveLosses(objectives, weights, "cpu")


def test_losses_are_added_by_weight_and_parts_are_logged(outputs):
    losses = make(one=Mean(), two=Parted())
    assert losses.train(outputs, MOMENT, []) == 1 * 1.5 + 2 * 3.0
    figures = losses.train_figures(0.5)
    assert figures["train_one"] == 1.5 and figures["train_two"] == 3.0
    assert figures["train_near"] == 1.0 and figures["train_far"] == 2.0
    assert {"gradient_one", "gradient_two"} <= figures.keys()


def test_one_objective_without_parts_leaves_its_loss_to_the_brain(outputs):
    losses = make(one=Mean())
    losses.train(outputs, MOMENT, [])
    assert losses.train_figures(0.5) == {} and losses.recoverables() == {}


def test_only_what_is_validated_has_a_loss_and_a_second_figure_its_name(
    outputs,
):
    losses = make(one=Mean(), two=Parted(), three=Mean())
    assert losses.validate(outputs, MOMENT) == 1 * 1.5 + 3 * 1.5
    assert losses.valid_figures(6.0, 0.5) == {
        "valid_loss": 6.0,
        "valid_one": 1.5,
        "valid_three": 1.5,
        "spread": 1.5,
        "three_spread": 1.5,
    }
    losses.forget()
    assert "valid_loss" not in losses.valid_figures(6.0, 0.5)


def test_where_nothing_is_validated_the_loss_is_0(outputs):
    losses = make(two=Parted())
    assert losses.validate(outputs, MOMENT) == 0
    assert losses.valid_figures(0.0, 0.5) == {}
