"""TripletLoss against a loop, at its ends, and on what has collapsed."""

import math

import pytest
import torch

from sb_contrastive.losses import TripletLoss


def triplets(N, D, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(3, N, D, generator=generator, dtype=torch.float64)


def slow_loss(a, p, n, margin):
    def cosine(u, v):
        dot = sum(x * y for x, y in zip(u, v))
        return dot / math.hypot(*u) / math.hypot(*v)

    terms = [
        max(0.0, (1 - cosine(u, v)) - (1 - cosine(u, w)) + margin)
        for u, v, w in zip(a.tolist(), p.tolist(), n.tolist())
    ]
    return sum(terms) / len(terms)


@pytest.mark.parametrize("margin", [0.0, 0.2, 1.0])
@pytest.mark.parametrize("N, D", [(1, 2), (2, 3), (16, 8)])
def test_equals_the_loop(N, D, margin):
    a, p, n = triplets(N, D)
    loss = TripletLoss(margin)(a, p, n)
    assert loss.item() == pytest.approx(slow_loss(a, p, n, margin), abs=1e-12)


def test_cosines_of_one_and_zero_cost_nothing_and_equal_ones_the_margin():
    a, n = torch.tensor([[2.0, 0.0]]), torch.tensor([[0.0, 3.0]])
    assert TripletLoss(1.0)(a, 5 * a, n) == 0
    assert TripletLoss(1.2)(a, 5 * a, n).item() == pytest.approx(0.2)
    assert TripletLoss(1.0)(a, -a, a) == 3  # the worst there is
    constant = torch.ones(4, 3, requires_grad=True)
    value = TripletLoss(0.7)(constant, constant, constant)
    value.backward()
    assert value.item() == pytest.approx(0.7)
    assert constant.grad.isfinite().all()


def test_an_embedding_of_zeros_gives_no_nan():
    z = torch.zeros(2, 3, requires_grad=True)
    TripletLoss()(z, z, torch.ones(2, 3)).backward()
    assert z.grad.isfinite().all()


def test_a_few_steps_lower_the_loss():
    z = triplets(8, 4).requires_grad_()
    values = []
    for _ in range(10):
        value = TripletLoss(1.0)(*z)
        (slope,) = torch.autograd.grad(value, z)
        z.data -= slope
        values.append(value.item())
    assert all(b < a for a, b in zip(values, values[1:]))


def test_half_precision_is_computed_in_float32():
    z = triplets(8, 4).bfloat16()
    value = TripletLoss()(*z)
    assert value.dtype == torch.float32
    with torch.autocast("cpu", torch.bfloat16):
        assert torch.equal(TripletLoss()(*z), value)
    assert torch.equal(TripletLoss()(*z.float()), value)


def test_what_is_no_triplet_is_refused():
    with pytest.raises(ValueError, match="0 or more"):
        TripletLoss(-0.1)
    with pytest.raises(ValueError, match=r"\[2, 3\], \[2, 3\] and \[3, 3\]"):
        TripletLoss()(*(torch.zeros(n, 3) for n in (2, 2, 3)))
