"""SupConLoss against a triple loop, NT-Xent and closed forms."""

import math

import pytest
import torch

from sb_contrastive.losses import NTXentLoss, SupConLoss

LABELS = {
    "pairs": [0, 1, 2, 0, 1, 2],
    "uneven": [0, 0, 0, 1, 1, 2, 0],
    "two": [0, 0],
}


def embeddings(N, D=5, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(N, D, generator=generator, dtype=torch.float64)


def slow_loss(z, labels, tau):
    z, terms = z.tolist(), []

    def similarity(i, j):
        dot = sum(x * y for x, y in zip(z[i], z[j]))
        return dot / math.hypot(*z[i]) / math.hypot(*z[j]) / tau

    for i in range(len(z)):
        others = [j for j in range(len(z)) if j != i]
        positives = [j for j in others if labels[j] == labels[i]]
        if not positives:
            continue
        below = sum(math.exp(similarity(i, j)) for j in others)
        logs = [math.log(math.exp(similarity(i, p)) / below) for p in positives]
        terms.append(-sum(logs) / len(positives))
    return sum(terms) / len(terms)


@pytest.mark.parametrize("tau", [1.0, 0.1])
@pytest.mark.parametrize("name", LABELS)
def test_equals_the_loop(name, tau):
    labels = LABELS[name]
    z = embeddings(len(labels))
    loss = SupConLoss(tau)(z, torch.tensor(labels))
    assert loss.item() == pytest.approx(slow_loss(z, labels, tau), abs=1e-9)


@pytest.mark.parametrize("B", [1, 2, 8])
def test_one_positive_each_is_nt_xent(B):
    z = embeddings(2 * B)
    loss = SupConLoss(0.07)(z, torch.arange(B).repeat(2))
    torch.testing.assert_close(loss, NTXentLoss(0.07)(z[:B], z[B:]))


def test_an_anchor_without_positive_is_a_negative_and_no_anchor():
    z, labels = embeddings(7), torch.tensor(LABELS["uneven"])
    loss = SupConLoss(0.5)
    z.requires_grad_()
    value = loss(z, labels)
    value.backward()
    assert z.grad[5].abs().sum() > 0  # it pushes
    alone = torch.arange(7)
    nothing = loss(z, alone)
    assert nothing == 0
    assert (torch.autograd.grad(nothing, z)[0] == 0).all()


def test_one_class_and_constant_embeddings_in_closed_form():
    # All alike: each of N - 1 others has the same share
    z = torch.ones(6, 3, requires_grad=True)
    value = SupConLoss()(z, torch.zeros(6))
    assert value.item() == pytest.approx(math.log(5), rel=1e-6)
    value.backward()
    assert z.grad.isfinite().all()
    mixed = SupConLoss()(torch.ones(6, 3), torch.tensor([0, 0, 1, 1, 2, 2]))
    assert mixed.item() == pytest.approx(math.log(5), rel=1e-6)


def test_order_scale_and_names_of_classes_change_nothing():
    z, labels = embeddings(7), torch.tensor(LABELS["uneven"])
    value = SupConLoss(0.2)(z, labels)
    order = torch.randperm(7, generator=torch.Generator().manual_seed(1))
    torch.testing.assert_close(SupConLoss(0.2)(z[order], labels[order]), value)
    torch.testing.assert_close(SupConLoss(0.2)(3 * z, 9 - labels), value)


def test_gradient_equals_finite_differences():
    z = embeddings(7).requires_grad_()
    labels = torch.tensor(LABELS["uneven"])
    assert torch.autograd.gradcheck(lambda x: SupConLoss(0.5)(x, labels), z)


def test_a_few_steps_gather_the_classes():
    z, labels = embeddings(6).requires_grad_(), torch.tensor([0, 0, 0, 1, 1, 1])
    values = []
    for _ in range(20):
        value = SupConLoss(0.5)(z, labels)
        (slope,) = torch.autograd.grad(value, z)
        z.data -= 2 * slope
        values.append(value.item())
    assert all(b < a for a, b in zip(values, values[1:]))


def test_half_precision_is_computed_in_float32():
    z, labels = embeddings(7).bfloat16(), torch.tensor(LABELS["uneven"])
    value = SupConLoss()(z, labels)
    assert value.dtype == torch.float32
    with torch.autocast("cpu", torch.bfloat16):
        assert torch.equal(SupConLoss()(z, labels), value)


def test_what_does_not_fit_is_refused():
    with pytest.raises(ValueError, match="above 0"):
        SupConLoss(0)
    with pytest.raises(ValueError, match=r"\[3, 2\] and \[2\]"):
        SupConLoss()(torch.zeros(3, 2), torch.zeros(2))
