"""Choices of negatives: recorded values, a loop over anchors, and two processes."""

import math

import pytest
import torch

from sb_contrastive.losses import (
    AsymmetricNegatives,
    Attraction,
    FocalNegatives,
    HardNegatives,
    MoCoLoss,
    NTXentLoss,
)
from tests.support.golden_inputs import Z1, Z2, sines

THIRD = Z1 + 0.6 * sines(6, 5, 0.4, 0.9, 0.5)
LABELS = torch.tensor([0, 0, 7, 1, 1, 9])  # two pairs, and two that are alone


def plain(p, phi, others, alike, tau):
    top = math.exp(phi / tau)
    rest = sum(math.exp(s / tau) for s, a in zip(others, alike) if not a)
    return -math.log(top / (top + rest))


def hard(hardness, prior):
    def term(p, phi, others, alike, tau):
        e = [math.exp(s / tau) for s, a in zip(others, alike) if not a]
        if not e:
            return 0.0
        mean = sum(x**hardness for x in e) / len(e)
        total = sum(x**hardness / mean * x for x in e)
        left = total - prior * len(e) * math.exp(p / tau)
        g = max(left / (1 - prior), len(e) * math.exp(-1 / tau))
        top = math.exp(phi / tau)
        return -math.log(top / (top + g))

    return term


def focal(m):
    def term(p, phi, others, alike, tau):
        top = math.exp((p * abs(p) + phi - p) / tau)
        rest = sum(
            math.exp(s * (s + m) / tau) for s, a in zip(others, alike) if not a
        )
        return -math.log(top / (top + rest))

    return term


def attraction(p, phi, others, alike, tau):
    total = math.exp(phi / tau) + sum(math.exp(s / tau) for s in others)
    pulled = [phi, *(s for s, a in zip(others, alike) if a)]
    logs = [s / tau - math.log(total) for s in pulled]
    return -sum(logs) / len(logs)


# Name -> (the option, its term of one anchor)
OPTIONS = {
    "all": (None, plain),
    "hard": (HardNegatives(1.0, 0.1), hard(1.0, 0.1)),
    "harder": (HardNegatives(2.0, 0.0), hard(2.0, 0.0)),
    "debiased": (HardNegatives(0.0, 0.1), hard(0.0, 0.1)),
    "nothing left": (HardNegatives(0.0, 0.9), hard(0.0, 0.9)),
    "focal": (FocalNegatives(0.3), focal(0.3)),
    "attraction": (Attraction(), attraction),
}


def cosine(a, b):
    return float(a @ b / (a.norm() * b.norm()))


def slow_loss(term, z1, z2, tau, margin=0.0, symmetric=True, labels=None):
    """One anchor at a time, of symmetric or of one-sided NT-Xent."""
    z, N = [*z1, *z2], len(z1)
    labels = list(range(N)) if labels is None else labels.tolist()
    anchors, total = range(2 * N if symmetric else N), 0.0
    for i in anchors:
        j = (i + N) % (2 * N)
        rest = [a for a in range(2 * N) if a not in (i, j)]
        if not symmetric:
            rest = [a for a in rest if a >= N]
        p = cosine(z[i], z[j])
        others = [cosine(z[i], z[a]) for a in rest]
        alike = [labels[a % N] == labels[i % N] for a in rest]
        total += term(p, p - margin, others, alike, tau)
    return total / len(anchors)


@pytest.mark.parametrize(
    "negatives, tau, labels, value",
    [
        (None, 0.2, None, 0.4037951552),
        (None, 0.2, LABELS, 0.4007541009),  # elimination
        (Attraction(), 0.2, LABELS, 3.1716508345),
        (HardNegatives(0.0, 0.0), 0.5, None, 1.0897883622),
        (HardNegatives(1.0, 0.1), 0.5, None, 1.2130592478),
        (HardNegatives(0.0, 0.1), 0.5, None, 0.7191104788),
    ],
)
def test_recorded_values(negatives, tau, labels, value):
    loss = NTXentLoss(tau, negatives=negatives)(Z1, Z2, labels)
    assert loss.item() == pytest.approx(value, abs=1e-10)


def test_recorded_values_of_one_side_and_of_three_views():
    for negatives, value in [
        (FocalNegatives(0.3), 0.0134534358),
        (None, 0.0018031521),
    ]:
        loss = NTXentLoss(0.05, symmetric=False, negatives=negatives)
        assert loss(Z1, Z2).item() == pytest.approx(value, abs=1e-9)
    loss = NTXentLoss(0.5, negatives=AsymmetricNegatives(0.2, 1.0))
    value = loss(Z1, Z2, third=THIRD).item()
    assert value == pytest.approx(2.1377438653, abs=1e-10)


@pytest.mark.parametrize("symmetric", [True, False])
@pytest.mark.parametrize("labels", [None, LABELS])
@pytest.mark.parametrize("tau, margin", [(1.0, 0.0), (0.1, 0.2)])
@pytest.mark.parametrize("name", OPTIONS)
def test_equals_the_loop(name, tau, margin, labels, symmetric):
    negatives, term = OPTIONS[name]
    loss = NTXentLoss(tau, margin, "additive", symmetric, negatives)
    expected = slow_loss(term, Z1, Z2, tau, margin, symmetric, labels)
    value = loss(Z1, Z2, labels).item()
    assert value == pytest.approx(expected, rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("name", OPTIONS)
def test_a_queue_of_negatives_equals_the_loop(name):
    negatives, term = OPTIONS[name]
    queue = sines(9, 5, 0.5, 0.8, 0.35)
    own = torch.arange(9) % 6 == torch.arange(6)[:, None]
    alike = (torch.arange(9) + 1) % 6 == torch.arange(6)[:, None]
    loss = MoCoLoss(0.2, 0.1, negatives=negatives)
    value = loss(Z1, Z2, queue, excluded=own, alike=alike).item()
    terms = []
    for b in range(6):
        rest = [k for k in range(9) if not own[b, k]]
        p = cosine(Z1[b], Z2[b])
        others = [cosine(Z1[b], queue[k]) for k in rest]
        terms.append(term(p, p - 0.1, others, alike[b, rest], 0.2))
    assert value == pytest.approx(sum(terms) / 6, rel=1e-9)


def three_views(share, weight, tau):
    z = torch.cat([Z1, Z2, THIRD])
    s = [[cosine(a, b) / tau for b in z] for a in z]

    def pulled(u, v):
        total = 0.0
        for b in range(6):
            i, j = 6 * u + b, 6 * v + b
            rest = sum(math.exp(s[i][k]) for k in range(18) if k != i)
            total += math.log(rest) - s[i][j]
        return total

    out = weight * share * (pulled(0, 2) + pulled(1, 2))
    back = weight * (1 - share) * (pulled(2, 0) + pulled(2, 1))
    return (pulled(0, 1) + pulled(1, 0) + out + back) / 18


@pytest.mark.parametrize("share, weight", [(0.0, 1.0), (0.5, 1.5), (1.0, 0.0)])
def test_three_views_equal_the_loop(share, weight):
    loss = NTXentLoss(0.3, negatives=AsymmetricNegatives(share, weight))
    value = loss(Z1, Z2, third=THIRD).item()
    assert value == pytest.approx(three_views(share, weight, 0.3), rel=1e-9)


def test_the_share_says_how_far_each_side_moves():
    def slopes(share):
        views = [z.clone().requires_grad_() for z in (Z1, Z2, THIRD)]
        negatives = AsymmetricNegatives(share)
        NTXentLoss(0.3, negatives=negatives)(
            *views[:2], third=views[2]
        ).backward()
        return [view.grad for view in views]

    clean, doubtful = slopes(1.0)[0], slopes(1.0)[2]
    assert torch.equal(doubtful, torch.zeros_like(doubtful))
    assert slopes(0.0)[2].abs().max() > 0
    half, none = slopes(0.5)[0], slopes(0.0)[0]
    torch.testing.assert_close(half - none, (clean - none) / 2)


@pytest.mark.parametrize("name", OPTIONS)
@pytest.mark.parametrize("labels", [None, LABELS[:4]])
def test_gradients_equal_finite_differences(name, labels):
    views = [z[:4].clone().requires_grad_() for z in (Z1, Z2)]
    loss = NTXentLoss(0.3, 0.1, negatives=OPTIONS[name][0])
    assert torch.autograd.gradcheck(lambda *z: loss(*z, labels), views)


def test_weights_may_be_without_gradient():
    def slope(detached):
        z = Z1.clone().requires_grad_()
        negatives = HardNegatives(1.0, 0.0, detach_weights=detached)
        loss = NTXentLoss(0.3, negatives=negatives)(z, Z2)
        loss.backward()
        return loss.detach(), z.grad

    (value, free), (same, detached) = slope(False), slope(True)
    assert torch.equal(value, same)
    assert not torch.allclose(free, detached)


@pytest.mark.parametrize("name", OPTIONS)
def test_one_class_costs_nothing_but_attraction(name):
    views = [z.clone().requires_grad_() for z in (Z1, Z2)]
    loss = NTXentLoss(0.01, 0.1, negatives=OPTIONS[name][0])
    value = loss(*views, torch.zeros(6, dtype=torch.long))
    value.backward()
    assert all(view.grad.isfinite().all() for view in views)
    assert (value.item() == 0) == (name != "attraction")
    alone = loss(Z1[:1], Z2[:1])
    assert alone.item() == 0


@pytest.mark.parametrize("name", OPTIONS)
def test_low_temperatures_stay_finite_in_float32(name):
    views = [z.float().requires_grad_() for z in (Z1, Z2)]
    loss = NTXentLoss(0.005, 0.1, negatives=OPTIONS[name][0])(*views, LABELS)
    loss.backward()
    assert loss.isfinite()
    assert all(view.grad.isfinite().all() for view in views)


def rows(name, part):
    torch.manual_seed(0)
    layer = torch.nn.Linear(5, 4).double()
    views = [layer(z[part]) for z in (Z1, Z2, THIRD)]
    if name == "asymmetric":
        negatives = AsymmetricNegatives(weighting=HardNegatives(1.0, 0.12))
        loss = NTXentLoss(0.5, negatives=negatives)
        value = loss(*views[:2], third=views[2])
    else:
        loss = NTXentLoss(0.2, 0.1, negatives=OPTIONS[name][0])
        value = loss(*views[:2], LABELS[part])
    value.backward()
    slopes = [p.grad.flatten() for p in layer.parameters()]
    return value.detach(), torch.cat(slopes)


def test_two_processes_equal_one_with_the_joined_batch(two_ranks):
    names = [*OPTIONS, "asymmetric"]

    def half(rank):
        part = slice(3 * rank, 3 * rank + 3)
        return {name: rows(name, part) for name in names}

    halves = two_ranks(half)
    for name in names:
        means = (sum(x) / 2 for x in zip(*(h[name] for h in halves)))
        for mean, expected in zip(means, rows(name, slice(0, 6))):
            torch.testing.assert_close(mean, expected, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize(
    "make, message",
    [
        (lambda: HardNegatives(-1.0), "0 or more"),
        (lambda: HardNegatives(1.0, 1.0), "below 1, got 1.0"),
        (lambda: FocalNegatives(-0.1), "0 or more"),
        (
            lambda: MoCoLoss(0.1, negatives=AsymmetricNegatives()),
            "with a queue",
        ),
        (
            lambda: NTXentLoss(
                symmetric=False, negatives=AsymmetricNegatives()
            ),
            "symmetric to True",
        ),
        (
            lambda: NTXentLoss(negatives=AsymmetricNegatives())(Z1, Z2),
            "compares 3 views of each utterance, got 2",
        ),
        (
            lambda: NTXentLoss()(Z1, Z2, third=THIRD),
            "compares 2 views of each utterance, got 3",
        ),
    ],
)
def test_impossible_settings_are_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()
