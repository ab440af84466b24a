"""BYOL's loss against closed forms, a slow version and a published value."""

import math

import pytest
import torch

from sb_contrastive.losses import BYOLLoss


def test_the_recorded_value():
    i, j = torch.arange(6)[:, None].double(), torch.arange(5)[None].double()

    def f(a, b, c):
        return torch.sin(a * i**2 + b * j + c * i * j)

    z1 = f(0.3, 1.1, 0.7)
    z2 = z1 + 0.4 * f(0.9, 0.2, 1.3)
    loss = BYOLLoss()(f(0.5, 0.8, 0.35), f(0.2, 0.6, 0.9), z1, z2)
    assert loss.dtype == torch.float64
    assert loss.item() == pytest.approx(2.9574174421, abs=1e-9)


@pytest.mark.parametrize("B", [1, 2, 7])
def test_it_is_the_distance_of_unit_vectors(B):
    p1, p2, z1, z2 = torch.randn(4, B, 5)
    expected = 0.0
    for p, z in ((p1, z2), (p2, z1)):
        for a, b in zip(p.tolist(), z.tolist()):
            a = [x / math.hypot(*a) for x in a]
            b = [x / math.hypot(*b) for x in b]
            expected += sum((x - y) ** 2 for x, y in zip(a, b)) / B
    value = BYOLLoss()(p1, p2, z1, z2)
    assert value.item() == pytest.approx(expected, rel=1e-5)


def test_agreement_costs_nothing_and_opposition_eight():
    z = torch.randn(2, 6, 4)
    assert BYOLLoss()(z[0], z[1], z[1], z[0]).item() == pytest.approx(
        0, abs=1e-6
    )
    assert BYOLLoss()(z[0], z[1], -z[1], -z[0]).item() == pytest.approx(8)


def test_no_gradient_reaches_the_targets():
    tensors = [torch.randn(4, 5, requires_grad=True) for _ in range(4)]
    BYOLLoss()(*tensors).backward()
    assert all(p.grad.abs().sum() > 0 for p in tensors[:2])
    assert all(z.grad is None for z in tensors[2:])


def test_gradients_are_right():
    z = torch.randn(2, 3, 4, dtype=torch.float64)
    p = torch.randn(2, 3, 4, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda p: BYOLLoss()(*p, *z), [p])


def test_views_of_other_shapes_are_refused():
    z = torch.zeros(3, 4)
    with pytest.raises(ValueError, match=r"one shape \[B, D\], got .*\[3, 5\]"):
        BYOLLoss()(z, z, z, torch.zeros(3, 5))
    with pytest.raises(ValueError, match="BYOL needs"):
        BYOLLoss()(*torch.zeros(4, 3))
