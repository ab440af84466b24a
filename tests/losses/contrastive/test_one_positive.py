"""The term that NT-Xent and MoCo share, against the fraction it stands for."""

import math

import pytest
import torch

from sb_contrastive.losses.contrastive.one_positive import (
    ContrastiveLoss,
    unit_vectors,
)


def cosines(N, M, seed=0):
    generator = torch.Generator().manual_seed(seed)
    values = 2 * torch.rand(N, M + 1, generator=generator).double() - 1
    return values[:, 0], values[:, 1:]


def fraction(p, negatives, tau, margin, margin_type):
    """-log of the positive's share of the sum, written out for one anchor."""
    phi = p - margin if margin_type == "additive" else None
    if phi is None:
        turned = math.acos(p) + margin
        phi = (
            math.cos(turned)
            if turned < math.pi
            else p - margin * math.sin(margin)
        )
    top = math.exp(phi / tau)
    return -math.log(top / (top + sum(math.exp(n / tau) for n in negatives)))


@pytest.mark.parametrize("margin_type", ["additive", "angular"])
@pytest.mark.parametrize("tau, margin", [(1.0, 0.0), (0.1, 0.2), (1 / 30, 0.1)])
@pytest.mark.parametrize("N, M", [(1, 1), (4, 1), (5, 7)])
def test_softplus_form_equals_the_fraction(N, M, tau, margin, margin_type):
    positive, negatives = cosines(N, M)
    loss = ContrastiveLoss(tau, margin, margin_type)
    expected = [
        fraction(p, row, tau, margin, margin_type)
        for p, row in zip(positive.tolist(), negatives.tolist())
    ]
    terms = loss.terms(positive, negatives)
    assert terms.tolist() == pytest.approx(expected, rel=1e-9, abs=1e-12)


def test_an_additive_margin_multiplies_the_negatives():
    positive, negatives = cosines(5, 7)
    tau, m = 1 / 30, 0.1
    with_margin = ContrastiveLoss(tau, m).terms(positive, negatives)
    x = (negatives / tau).logsumexp(1) + m / tau - positive / tau
    torch.testing.assert_close(with_margin, torch.log1p(x.exp()))
    # e^(m/tau) = e^3, which is "x20" of the text
    heavier = ContrastiveLoss(tau).terms(positive, negatives + tau * 3)
    torch.testing.assert_close(with_margin, heavier)


@pytest.mark.parametrize("margin_type", ["additive", "angular"])
def test_the_cost_rises_with_the_margin(margin_type):
    positive, negatives = cosines(6, 5)
    loss = ContrastiveLoss(0.2, margin_type=margin_type)
    costs = [
        loss.terms(positive, negatives, margin=m) for m in (0, 0.1, 0.3, 0.6)
    ]
    assert all((b > a).all() for a, b in zip(costs, costs[1:]))


def test_excluding_equals_deleting():
    positive, negatives = cosines(4, 6)
    loss = ContrastiveLoss(0.1, 0.1)
    excluded = torch.zeros(4, 6, dtype=torch.bool)
    excluded[:, [1, 4]] = True
    kept = negatives[:, [0, 2, 3, 5]]
    assert torch.equal(
        loss.terms(positive, negatives, excluded), loss.terms(positive, kept)
    )


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("M", [0, 1, 3])
def test_an_anchor_without_negatives_costs_nothing(dtype, M):
    positive = torch.tensor([0.3, -1.0], dtype=dtype, requires_grad=True)
    negatives = torch.full((2, M), 0.9, dtype=dtype, requires_grad=True)
    excluded = torch.ones(2, M, dtype=torch.bool)
    terms = ContrastiveLoss(0.01, 0.2, "angular").terms(
        positive, negatives, excluded
    )
    assert terms.tolist() == [0, 0]
    terms.sum().backward()
    assert torch.equal(positive.grad, torch.zeros_like(positive))
    assert torch.equal(negatives.grad, torch.zeros_like(negatives))


def test_extreme_logits_stay_finite():
    positive = torch.tensor([-1.0, 1.0], requires_grad=True)
    negatives = torch.tensor([[1.0], [-1.0]])
    terms = ContrastiveLoss(1e-3).terms(positive, negatives)
    assert terms.tolist() == pytest.approx([2000, 0])
    terms.sum().backward()
    assert positive.grad.tolist() == pytest.approx([-1000, 0])


def test_a_row_of_zeros_gives_no_nan():
    z = torch.tensor([[0.0, 0.0], [3.0, 4.0]], requires_grad=True)
    u = unit_vectors(z)
    torch.testing.assert_close(u, torch.tensor([[0.0, 0.0], [0.6, 0.8]]))
    u.sum().backward()
    assert z.grad.isfinite().all()


@pytest.mark.parametrize(
    "options, message",
    [
        ({"temperature": 0.0}, "above 0"),
        ({"temperature": 0.1, "margin": -0.2}, "0 or more"),
        ({"temperature": 0.1, "margin_type": "aditive"}, "mean 'additive'"),
    ],
)
def test_impossible_settings_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        ContrastiveLoss(**options)


def test_a_negative_margin_of_the_call_is_refused():
    with pytest.raises(ValueError, match="0 or more"):
        ContrastiveLoss(0.1).terms(*cosines(2, 2), margin=-0.1)
