"""Weights by value, by schedule and by gradient norm."""

import pytest
import torch

from sb_contrastive.objectives import GradientNorm
from sb_contrastive.objectives.weighting import Weighting, objective_weights
from sb_contrastive.schedules import LinearThenConstant


def losses_of(z):
    return {
        "first": z.square().sum(),
        "second": (5 * z).sum(),
        "third": z.exp().mean(),
    }


def test_values_and_schedules_are_multiplied_with_the_losses():
    z = torch.randn(4)
    schedule = LinearThenConstant(1.0, 0.0, until=0.5)
    weighting = Weighting({"first": 2.0, "second": schedule, "third": 1.0})
    losses = losses_of(z)
    for progress, weight in ((0.0, 1.0), (0.25, 0.5), (0.9, 0.0)):
        expected = (
            2 * losses["first"] + weight * losses["second"] + losses["third"]
        )
        torch.testing.assert_close(weighting(losses, progress), expected)
    # In validation an objective may be missing
    alone = {"third": losses["third"]}
    assert torch.equal(weighting(alone, 0.0), losses["third"])


def test_a_gradient_norm_weight_gives_the_share_of_the_pull():
    z = torch.randn(4, requires_grad=True)
    weighting = Weighting({"first": 1.0, "second": GradientNorm(0.3)})
    losses = {k: v for k, v in losses_of(z).items() if k != "third"}
    weighting.look(losses, [z], step=0)
    first, second = (
        torch.autograd.grad(loss, z, retain_graph=True)[0]
        for loss in losses.values()
    )
    pull = weighting.weight("second", 0.0) * second.norm()
    torch.testing.assert_close(pull, 0.3 * first.norm())
    slope = torch.autograd.grad(weighting(losses, 0.0), z)[0]
    expected = first + 0.3 * first.norm() / second.norm() * second
    torch.testing.assert_close(slope, expected)


def test_norms_are_looked_at_every_tenth_step_and_remembered():
    z = torch.ones(4, requires_grad=True)
    weighting = Weighting({"first": 1.0})
    weighting.look({"first": z.sum()}, [z], step=0)
    assert weighting.norms.item() == 2
    weighting.look({"first": 11 * z.sum()}, [z], step=9)
    assert weighting.norms.item() == 2
    weighting.look({"first": 11 * z.sum()}, [z], step=10)
    assert weighting.norms.item() == pytest.approx(0.9 * 2 + 0.1 * 22)
    other = Weighting({"first": 1.0})
    other.load_state_dict(weighting.state_dict())
    assert torch.equal(other.norms, weighting.norms) and other.looked


def test_the_log_has_norms_and_the_weights_that_change():
    weights = {"a": 1.0, "b": GradientNorm(0.5), "c": lambda p: 1 - p}
    figures = Weighting(weights).figures(progress=0.25)
    assert figures == {
        "gradient_a": 1.0,
        "gradient_b": 1.0,
        "gradient_c": 1.0,
        "weight_b": 0.5,
        "weight_c": 0.75,
    }


def test_what_has_no_weight_is_left_out():
    objectives = dict.fromkeys("abcd")
    given = {"b": 0, "c": GradientNorm(0), "d": 0.5}
    assert objective_weights(objectives, given) == {"a": 1.0, "d": 0.5}


def test_negative_weights_are_refused():
    with pytest.raises(ValueError, match="weight of a is 0 or more, got -1"):
        objective_weights({"a": None}, {"a": -1})
    with pytest.raises(ValueError, match="share of a pull is 0 or more"):
        GradientNorm(-0.1)
