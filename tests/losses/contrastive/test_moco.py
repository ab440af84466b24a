"""MoCoLoss against cross-entropy over one positive and a queue."""

import math

import pytest
import torch
from torch.nn import functional as F

from sb_contrastive.losses import MoCoLoss, NTXentLoss
from sb_contrastive.queue import KeyQueue

SIZES = [(1, 1, 2), (1, 4, 3), (3, 1, 2), (5, 12, 8)]  # B, K, D


def inputs(B, K, D, seed=0):
    generator = torch.Generator().manual_seed(seed)
    rows = torch.randn(
        2 * B + K, D, generator=generator, dtype=torch.float64
    )  # raw: no unit vectors
    queries, keys, queue = rows.split([B, B, K])
    return queries, keys + queries, queue


def formula(queries, keys, queue, tau, margin=0.0):
    """Cross-entropy of [positive - m, negatives] / tau, class 0."""
    q, k, b = (F.normalize(x, dim=1) for x in (queries, keys, queue))
    logits = torch.cat([(q * k).sum(1, keepdim=True) - margin, q @ b.T], 1)
    return F.cross_entropy(logits / tau, torch.zeros(len(q), dtype=torch.long))


@pytest.mark.parametrize("tau, margin", [(1.0, 0.0), (0.2, 0.3), (1 / 30, 0.1)])
@pytest.mark.parametrize("B, K, D", SIZES)
def test_equals_the_cross_entropy(B, K, D, tau, margin):
    batch = inputs(B, K, D)
    torch.testing.assert_close(
        MoCoLoss(tau, margin)(*batch), formula(*batch, tau, margin)
    )


@pytest.mark.parametrize("pointer", range(7))
def test_a_full_queue_gives_the_formula_at_every_pointer(pointer):
    queries, keys, latest = inputs(3, 7, 4)
    queue = KeyQueue(7, 4).double()
    queue.enqueue(torch.ones(pointer, 4).double())  # gone after the next line
    queue.enqueue(latest)
    assert queue.pointer == pointer and queue.count == 7
    torch.testing.assert_close(
        MoCoLoss(0.1, 0.1)(queries, keys, queue.filled),
        formula(queries, keys, latest, 0.1, 0.1),
    )


def test_a_queue_half_filled_counts_what_is_in_it():
    queries, keys, some = inputs(3, 4, 4)
    queue = KeyQueue(100, 4).double()
    queue.enqueue(some)
    torch.testing.assert_close(
        MoCoLoss(0.1)(queries, keys, queue.filled),
        formula(queries, keys, some, 0.1),
    )


def test_an_empty_queue_costs_nothing():
    queries, keys, empty = inputs(3, 0, 4)
    queries.requires_grad_()
    loss = MoCoLoss(0.1, 0.2, "angular")(queries, keys, empty)
    assert loss.item() == 0
    loss.backward()
    assert torch.equal(queries.grad, torch.zeros_like(queries))


def test_equals_one_sided_nt_xent_for_one_anchor():
    # The negatives of the first utterance are the keys of all the others
    z1, z2, _ = inputs(6, 0, 4)
    for margin_type in ("additive", "angular"):
        options = {"margin": 0.1, "margin_type": margin_type}
        moco = MoCoLoss(0.2, **options)
        each = [
            moco(z1[i : i + 1], z2[i : i + 1], z2[torch.arange(6) != i])
            for i in range(6)
        ]
        expected = NTXentLoss(0.2, symmetric=False, **options)(z1, z2)
        torch.testing.assert_close(sum(each) / 6, expected)


def test_closed_form_of_a_queue_at_right_angles():
    z = torch.tensor([[1.0, 0.0]])
    queue = torch.tensor([[0.0, 5.0]] * 9)
    loss = MoCoLoss(0.5, 0.2)(z, 7 * z, queue)
    assert loss.item() == pytest.approx(math.log(1 + 9 * math.exp(-0.8 / 0.5)))


@pytest.mark.parametrize("margin_type", ["additive", "angular"])
def test_the_loss_rises_with_the_margin(margin_type):
    batch = inputs(5, 12, 8)
    loss = MoCoLoss(0.2, 0.4, margin_type)
    values = [loss(*batch, margin=m) for m in (0, 0.05, 0.1)] + [loss(*batch)]
    assert all(b > a for a, b in zip(values, values[1:]))


@pytest.mark.parametrize("margin_type", ["additive", "angular"])
def test_gradient_equals_finite_differences(margin_type):
    queries, keys, queue = inputs(3, 5, 4)
    queries.requires_grad_()
    loss = MoCoLoss(0.2, 0.1, margin_type)
    assert torch.autograd.gradcheck(lambda q: loss(q, keys, queue), queries)


def test_keys_and_queue_get_no_gradient():
    queries, keys, queue = (x.requires_grad_() for x in inputs(3, 5, 4))
    MoCoLoss(0.2)(queries, keys, queue).backward()
    assert keys.grad is None and queue.grad is None
    assert queries.grad.abs().sum() > 0


def test_a_few_steps_lower_the_loss():
    queries, keys, queue = inputs(5, 12, 8)
    queries.requires_grad_()
    loss, values = MoCoLoss(0.2, 0.1), []
    for _ in range(10):
        value = loss(queries, keys, queue)
        (slope,) = torch.autograd.grad(value, queries)
        queries.data -= slope
        values.append(value.item())
    assert all(b < a for a, b in zip(values, values[1:]))


def test_half_precision_inputs_are_computed_in_float32():
    batch = [x.bfloat16() for x in inputs(5, 12, 8)]
    loss = MoCoLoss(1 / 30, 0.1)
    expected = loss(*(x.float() for x in batch))
    with torch.autocast("cpu", torch.bfloat16):
        value = loss(*batch)
    assert value.dtype == torch.float32
    assert torch.equal(value, expected)


def test_shapes_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match=r"\[2, 3\], \[2, 3\] and \[5, 4\]"):
        MoCoLoss(0.1)(torch.ones(2, 3), torch.ones(2, 3), torch.ones(5, 4))


def test_what_is_excluded_is_as_if_it_were_not_in_the_queue():
    queries, keys, queue = inputs(3, 6, 4)
    excluded = torch.zeros(3, 6, dtype=torch.bool)
    excluded[0, [1, 4]] = excluded[2, 0] = True
    loss = MoCoLoss(0.1, 0.1)
    rows = [
        loss(q[None], k[None], queue[~left_out])
        for q, k, left_out in zip(queries, keys, excluded)
    ]
    torch.testing.assert_close(
        loss(queries, keys, queue, excluded=excluded), sum(rows) / 3
    )
