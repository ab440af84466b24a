"""Whitening makes covariances the identity; SIGReg against a sum over knots."""

import math

import pytest
import torch

from sb_contrastive.losses import LeJEPALoss, WMSELoss
from sb_contrastive.losses.covariance.w_mse import whitened
from tests.support.golden_inputs import Z1, Z2

GENERATOR = torch.Generator().manual_seed(3)


def gaussian(*shape):
    return torch.randn(*shape, generator=GENERATOR, dtype=torch.float64)


def test_the_covariance_of_each_part_is_the_identity():
    w = whitened(gaussian(3, 40, 6) @ gaussian(6, 6) + 5)
    for part in w:
        torch.testing.assert_close(part.T.cov(), torch.eye(6).double())
        assert part.mean(dim=0).abs().max() < 1e-9


def test_any_linear_map_of_a_lower_triangle_is_undone():
    z1, z2 = gaussian(2, 30, 4)
    loss = WMSELoss(part_size=30)
    triangle = torch.tril(gaussian(4, 4)) + 5 * torch.eye(4).double()
    moved = loss(z1 @ triangle.T + 1, z2 * torch.arange(1, 5) - 2)
    torch.testing.assert_close(moved, loss(z1, z2))


def test_collapse_to_fewer_coordinates_cannot_agree_better():
    z = gaussian(40, 3)
    noise = gaussian(2, 40, 3)
    flat = z * torch.tensor([1.0, 1e-3, 1e-3])
    whole = WMSELoss()(z + 0.1 * noise[0], z + 0.1 * noise[1])
    assert WMSELoss()(flat + 0.1 * noise[0], flat + 0.1 * noise[1]) > whole


def test_orders_are_averaged_and_a_rest_is_left_out():
    z1, z2 = gaussian(2, 14, 2)
    loss = WMSELoss(part_size=6)
    orders = torch.stack([torch.arange(14), torch.arange(13, -1, -1)])
    expected = [
        WMSELoss()(z1[o[i : i + 6]], z2[o[i : i + 6]])
        for o in orders
        for i in (0, 6)
    ]
    torch.testing.assert_close(
        loss(z1, z2, orders), torch.stack(expected).mean()
    )


def test_too_few_pairs_are_refused():
    with pytest.raises(ValueError, match="8 coordinates with 8 pairs.*16"):
        WMSELoss()(*gaussian(2, 8, 8))
    with pytest.raises(ValueError, match="two pairs or more"):
        WMSELoss(part_size=1)


def slow_sigreg(z, directions, knots=17, largest=3.0):
    total, step = 0.0, largest / (knots - 1)
    for m in range(directions.shape[1]):
        h = (z @ directions[:, m]).tolist()
        for k in range(
            -knots + 1, knots
        ):  # over [-3, 3], by the trapezoid rule
            t = k * step
            normal = math.exp(-(t**2) / 2)
            real = sum(math.cos(t * x) for x in h) / len(h) - normal
            imaginary = sum(math.sin(t * x) for x in h) / len(h)
            edge = 0.5 if abs(k) == knots - 1 else 1.0
            # 0 counts twice in the authors' sum, where its error is 0
            total += step * 2 * edge * (real**2 + imaginary**2) * normal / 2
    return len(z) * total / directions.shape[1]


def test_sigreg_is_the_integral():
    directions = torch.nn.functional.normalize(gaussian(5, 3), dim=0)
    expected = slow_sigreg(Z1, directions)
    found = LeJEPALoss().sigreg(Z1, directions).item()
    assert found == pytest.approx(expected, rel=1e-9)


def test_a_gaussian_costs_little_and_a_point_much():
    directions, loss = torch.eye(4).double(), LeJEPALoss()
    few = loss.sigreg(gaussian(512, 4), directions)
    assert few < 3 < loss.sigreg(torch.zeros(512, 4).double(), directions)
    assert loss.sigreg(5 * gaussian(512, 4), directions) > 10 * few


def test_crops_agree_with_the_mean_of_the_long_ones():
    z = torch.stack([Z1, Z2, Z1 * Z2])
    invariance, _ = LeJEPALoss().terms(z, torch.eye(5).double(), long_crops=2)
    expected = ((z - (Z1 + Z2) / 2) ** 2).mean()
    torch.testing.assert_close(invariance, expected)
    with pytest.raises(ValueError, match=r"directions \[D, M\]"):
        LeJEPALoss()(z, torch.eye(3))
