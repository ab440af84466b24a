"""Margins against their trigonometric form, at the ends and beyond."""

import math

import pytest
import torch

from sb_contrastive.losses.contrastive.margins import (
    MARGINS,
    additive_margin,
    angular_margin,
    check_margin,
)

ANGLES = torch.linspace(0.01, math.pi - 0.01, 500, dtype=torch.float64)


def test_additive_moves_the_cosine():
    for margin in (0.0, 0.05, 0.4):
        phi = additive_margin(ANGLES.cos(), margin)
        torch.testing.assert_close(phi + margin, ANGLES.cos())


@pytest.mark.parametrize("margin", [0.01, 0.1, 0.3, 1.0])
def test_angular_moves_the_angle(margin):
    theta = ANGLES[ANGLES < math.pi - margin]
    torch.testing.assert_close(
        angular_margin(theta.cos(), margin), (theta + margin).cos()
    )


@pytest.mark.parametrize("margin", [0.01, 0.1, 0.3, 1.0, math.pi / 2])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_angular_falls_with_the_angle_up_to_pi(margin, dtype):
    # 500 angles and both ends; without the mending it would rise again
    theta = torch.cat([ANGLES, torch.tensor([math.pi])])
    phi = angular_margin(theta.cos().to(dtype), margin)
    assert (phi.diff() < 0).all()


@pytest.mark.parametrize("margin", [0.1, 0.3, 1.0])
def test_beyond_the_turn_the_cosine_is_moved(margin):
    theta = torch.tensor([math.pi - margin / 2, math.pi], dtype=torch.float64)
    expected = theta.cos() - margin * math.sin(math.pi - margin)
    torch.testing.assert_close(angular_margin(theta.cos(), margin), expected)


@pytest.mark.parametrize("margin_type", MARGINS)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_no_margin_is_the_cosine_bit_for_bit(margin_type, dtype):
    cosine = torch.linspace(-1, 1, 101, dtype=dtype)
    assert torch.equal(MARGINS[margin_type](cosine, 0.0), cosine)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_angular_gradient_is_finite_at_both_ends(dtype):
    # 1 + 1e-7 is what rounding makes of a unit vector with itself
    ends = [1.0, -1.0, 1 + 1.2e-7, -1 - 1.2e-7, 1 - 1e-9]
    cosine = torch.tensor(ends, dtype=dtype, requires_grad=True)
    phi = angular_margin(cosine, 0.3)
    phi.sum().backward()
    assert phi.isfinite().all() and cosine.grad.isfinite().all()
    assert phi[0].item() == pytest.approx(math.cos(0.3), abs=1e-3)


def test_angular_gradient_equals_finite_differences():
    cosine = torch.linspace(-0.99, 0.99, 50, dtype=torch.float64)
    cosine.requires_grad_()
    assert torch.autograd.gradcheck(lambda c: angular_margin(c, 0.3), cosine)


@pytest.mark.parametrize("margin", [-0.1, math.nan])
def test_what_is_no_margin_is_refused(margin):
    for margin_type in MARGINS:
        with pytest.raises(ValueError, match="0 or more"):
            check_margin(margin, margin_type)


def test_degrees_are_refused():
    check_margin(math.pi / 2, "angular")
    with pytest.raises(ValueError, match="radians"):
        check_margin(11.5, "angular")
