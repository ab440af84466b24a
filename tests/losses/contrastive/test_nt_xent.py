"""NTXentLoss against a double loop, closed forms and two processes."""

import math

import pytest
import torch
from torch.nn import functional as F

from sb_contrastive.losses import NTXentLoss

SIZES = [(1, 3), (2, 2), (3, 5), (8, 16)]  # B, D
LABELS = torch.tensor([0, 1, 0, 2, 2, 3, 0, 4])
# Second views of others: of 2, of a stranger, and twice of the same stranger
RECORDINGS = torch.arange(8)[:, None].repeat(1, 2)
RECORDINGS[[0, 3, 5, 6], 1] = torch.tensor([2, 11, 12, 12])


def views(B, D, seed=0):
    generator = torch.Generator().manual_seed(seed)
    z = torch.randn(2, B, D, generator=generator, dtype=torch.float64)
    z[1] += z[0]
    return z[0], z[1]


def slow_loss(
    z1, z2, tau, margin=0.0, symmetric=True, labels=None, recordings=None
):
    """Every anchor and every other view, one at a time."""
    N = len(z1)
    labels = range(N) if labels is None else labels.tolist()
    if recordings is None:
        recordings = torch.arange(N)[:, None].repeat(1, 2)
    z = [v.tolist() for v in (*z1, *z2)]

    def cosine(a, b):
        dot = sum(x * y for x, y in zip(a, b))
        return dot / math.hypot(*a) / math.hypot(*b)

    total, anchors = 0.0, range(2 * N if symmetric else N)
    for i in anchors:
        j = (i + N) % (2 * N)
        top = math.exp((cosine(z[i], z[j]) - margin) / tau)
        below = top
        for a in range(2 * N):
            if not symmetric and a < N:
                continue
            if recordings[a % N, a // N] in recordings[i % N]:
                continue
            if labels[a % N] != labels[i % N]:
                below += math.exp(cosine(z[i], z[a]) / tau)
        total -= math.log(top / below)
    return total / len(anchors)


@pytest.mark.parametrize("symmetric", [True, False])
@pytest.mark.parametrize("tau, margin", [(1.0, 0.0), (0.2, 0.4), (1 / 30, 0.1)])
@pytest.mark.parametrize("B, D", SIZES)
def test_equals_the_double_loop(B, D, tau, margin, symmetric):
    z1, z2 = views(B, D)
    loss = NTXentLoss(tau, margin, symmetric=symmetric)(z1, z2)
    slow = slow_loss(z1, z2, tau, margin, symmetric)
    assert loss.item() == pytest.approx(slow, rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("symmetric", [True, False])
def test_masking_others_of_the_same_class_equals_deleting_them(symmetric):
    z1, z2 = views(8, 6)
    loss = NTXentLoss(0.1, 0.1, symmetric=symmetric)(z1, z2, LABELS)
    slow = slow_loss(z1, z2, 0.1, 0.1, symmetric, LABELS)
    assert loss.item() == pytest.approx(slow, rel=1e-9)
    assert loss < NTXentLoss(0.1, 0.1, symmetric=symmetric)(z1, z2)


@pytest.mark.parametrize("labels", [None, LABELS])
@pytest.mark.parametrize("symmetric", [True, False])
def test_recordings_of_a_pair_are_no_negatives(symmetric, labels):
    z1, z2 = views(8, 6)
    found = NTXentLoss(0.1, 0.1, symmetric=symmetric)(
        z1, z2, labels, recordings=RECORDINGS
    )
    slow = slow_loss(z1, z2, 0.1, 0.1, symmetric, labels, RECORDINGS)
    assert found.item() == pytest.approx(slow, rel=1e-9)
    assert found < NTXentLoss(0.1, 0.1, symmetric=symmetric)(z1, z2, labels)


def test_one_sided_is_the_cross_entropy_of_rows():
    z1, z2 = views(8, 16)
    cosines = F.normalize(z1, dim=1) @ F.normalize(z2, dim=1).T
    for margin in (0.0, 0.1):
        logits = (cosines - margin * torch.eye(8)) / 0.05
        expected = F.cross_entropy(logits, torch.arange(8))
        loss = NTXentLoss(0.05, margin, symmetric=False)(z1, z2)
        torch.testing.assert_close(loss, expected)


def test_symmetric_is_not_the_mean_of_rows_and_columns():
    z1, z2 = views(8, 16)
    sided = NTXentLoss(0.2, symmetric=False)
    mean = (sided(z1, z2) + sided(z2, z1)) / 2
    assert NTXentLoss(0.2)(z1, z2) > mean + 0.1


@pytest.mark.parametrize("symmetric", [True, False])
@pytest.mark.parametrize("margin_type", ["additive", "angular"])
def test_one_utterance_costs_nothing(symmetric, margin_type):
    z1, z2 = (z.requires_grad_() for z in views(1, 3))
    loss = NTXentLoss(margin=0.2, margin_type=margin_type, symmetric=symmetric)
    value = loss(z1, z2)
    assert value.item() == 0
    value.backward()
    assert torch.equal(z1.grad, torch.zeros(1, 3).double())
    assert torch.equal(z2.grad, torch.zeros(1, 3).double())


@pytest.mark.parametrize("margin", [0.0, 0.3])
def test_two_utterances_in_closed_form(margin):
    # Views agree, utterances are at right angles: p = 1, n = 0 twice or once
    z = torch.eye(2)
    e = math.exp((1 - margin) / 0.5)
    loss = NTXentLoss(0.5, margin)(z, 3 * z)
    assert loss.item() == pytest.approx(math.log(1 + 2 / e), rel=1e-6)
    loss = NTXentLoss(0.5, margin, symmetric=False)(z, 3 * z)
    assert loss.item() == pytest.approx(math.log(1 + 1 / e), rel=1e-6)
    # p = cos m
    loss = NTXentLoss(0.5, margin, "angular")(z.double(), z.double())
    e = math.exp(math.cos(margin) / 0.5)
    assert loss.item() == pytest.approx(math.log(1 + 2 / e), rel=1e-5)


@pytest.mark.parametrize("N", [2, 5, 32])
def test_embeddings_all_alike_give_the_log_of_their_number(N):
    z = torch.ones(N, 4)
    assert NTXentLoss()(z, z).item() == pytest.approx(math.log(2 * N - 1))
    sided = NTXentLoss(symmetric=False)
    assert sided(z, z).item() == pytest.approx(math.log(N))


@pytest.mark.parametrize("margin_type", ["additive", "angular"])
def test_swapping_permuting_and_scaling_change_nothing(margin_type):
    z1, z2 = views(8, 16)
    loss = NTXentLoss(0.1, 0.1, margin_type)
    expected = loss(z1, z2)
    order = torch.randperm(8, generator=torch.Generator().manual_seed(1))
    torch.testing.assert_close(loss(z2, z1), expected)
    torch.testing.assert_close(loss(z1[order], z2[order]), expected)
    scales = torch.logspace(-3, 3, 8).double()[:, None]
    torch.testing.assert_close(loss(z1 * scales, z2 / scales), expected)
    # ... but which view belongs to which is not arbitrary
    assert loss(z1, z2[order]) > expected + 0.1


@pytest.mark.parametrize("margin_type", ["additive", "angular"])
def test_the_loss_rises_with_the_margin(margin_type):
    z1, z2 = views(8, 16)
    values = [
        NTXentLoss(0.2, m, margin_type)(z1, z2) for m in (0, 0.05, 0.1, 0.4)
    ]
    assert all(b > a for a, b in zip(values, values[1:]))
    plain = NTXentLoss(0.2)(z1, z2)
    assert torch.equal(values[0], plain)


def test_the_margin_of_the_call_wins():
    z1, z2 = views(8, 16)
    loss = NTXentLoss(0.1, margin=0.4)
    for margin in (0.0, 0.1):
        expected = NTXentLoss(0.1, margin)(z1, z2)
        assert torch.equal(loss(z1, z2, margin=margin), expected)


@pytest.mark.parametrize("symmetric", [True, False])
@pytest.mark.parametrize("margin_type", ["additive", "angular"])
@pytest.mark.parametrize("labels", [None, torch.tensor([0, 1, 0])])
def test_gradient_equals_finite_differences(symmetric, margin_type, labels):
    z1, z2 = (z.requires_grad_() for z in views(3, 4))
    loss = NTXentLoss(0.2, 0.1, margin_type, symmetric)
    assert torch.autograd.gradcheck(lambda a, b: loss(a, b, labels), (z1, z2))


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_angular_gradients_are_finite_at_the_ends(dtype):
    z1 = torch.tensor([[1.0, 0.0], [0.0, 1.0]], dtype=dtype)
    z2 = torch.tensor([[2.0, 0.0], [0.0, -1.0]], dtype=dtype)
    z1.requires_grad_()
    z2.requires_grad_()
    NTXentLoss(1 / 30, 0.3, "angular")(z1, z2).backward()  # cosines 1 and -1
    assert z1.grad.isfinite().all() and z2.grad.isfinite().all()


def test_an_embedding_of_zeros_gives_no_nan():
    z1, z2 = views(3, 4)
    z1[1] = 0
    z1.requires_grad_()
    loss = NTXentLoss(0.1, 0.1, "angular")(z1, z2)
    loss.backward()
    assert loss.isfinite() and z1.grad.isfinite().all()


@pytest.mark.parametrize("margin_type", ["additive", "angular"])
def test_a_few_steps_lower_the_loss(margin_type):
    z1, z2 = (z.requires_grad_() for z in views(8, 16))
    loss, values = NTXentLoss(0.2, 0.1, margin_type), []
    for _ in range(10):
        value = loss(z1, z2)
        slopes = torch.autograd.grad(value, (z1, z2))
        for z, slope in zip((z1, z2), slopes):
            z.data -= 2 * slope
        values.append(value.item())
    assert all(b < a for a, b in zip(values, values[1:]))


def test_half_precision_inputs_are_computed_in_float32():
    z1, z2 = (z.bfloat16() for z in views(8, 16))
    loss = NTXentLoss(1 / 30, 0.1)
    expected = loss(z1.float(), z2.float())
    with torch.autocast("cpu", torch.bfloat16):
        value = loss(z1, z2)
    assert value.dtype == torch.float32
    assert torch.equal(value, expected)
    assert torch.equal(loss(z1, z2), expected)  # without autocast too


def test_float64_stays_float64_within_autocast():
    z1, z2 = views(8, 16)
    expected = NTXentLoss()(z1, z2)
    with torch.autocast("cpu", torch.bfloat16):
        assert torch.equal(NTXentLoss()(z1, z2), expected)
    assert expected.dtype == torch.float64


def test_shapes_that_do_not_fit_are_refused():
    loss = NTXentLoss()
    with pytest.raises(ValueError, match=r"\[2, 3\] and \[3, 3\]"):
        loss(torch.zeros(2, 3), torch.zeros(3, 3))
    with pytest.raises(ValueError, match="two views of the same shape"):
        loss(torch.zeros(3), torch.zeros(3))
    with pytest.raises(ValueError, match="each of the 2 utterances"):
        loss(torch.zeros(2, 3), torch.zeros(2, 3), torch.zeros(4))


CASES = {
    "symmetric": ({"margin": 0.1}, None),
    "one-sided": ({"symmetric": False}, None),
    "angular": ({"margin": 0.2, "margin_type": "angular"}, None),
    "labels": ({}, LABELS),
    "one-sided labels": ({"symmetric": False}, LABELS),
}


def loss_and_slope(options, labels, rows, train=True, recordings=None):
    """Of one linear layer, on these rows of the batch."""
    torch.manual_seed(0)
    layer = torch.nn.Linear(5, 4).double()
    loss = NTXentLoss(0.1, **options).train(train)
    z1, z2 = (layer(x[rows]) for x in views(8, 5))
    labels, recordings = (
        known if known is None else known[rows]
        for known in (labels, recordings)
    )
    value = loss(z1, z2, labels, recordings=recordings)
    value.backward()
    return value.detach(), torch.cat(
        [p.grad.flatten() for p in layer.parameters()]
    )


def test_two_processes_equal_one_with_the_joined_batch(two_ranks):
    def half(rank):
        rows = slice(4 * rank, 4 * rank + 4)
        results = {
            name: loss_and_slope(options, labels, rows)
            for name, (options, labels) in CASES.items()
        }
        evaluation = loss_and_slope({}, None, rows, train=False)[0]
        results["recordings"] = loss_and_slope(
            {}, None, rows, recordings=RECORDINGS
        )
        return {**results, "evaluation": evaluation}

    halves = two_ranks(half)
    whole = {
        name: loss_and_slope(options, labels, slice(0, 8))
        for name, (options, labels) in CASES.items()
    }
    whole["recordings"] = loss_and_slope(
        {}, None, slice(0, 8), recordings=RECORDINGS
    )
    for name, (value, slope) in whole.items():
        # As DistributedDataParallel does with gradients
        for mean, expected in zip(
            (sum(x) / 2 for x in zip(*(h[name] for h in halves))),
            (value, slope),
        ):
            torch.testing.assert_close(mean, expected, rtol=1e-10, atol=1e-12)
    # In evaluation each process has the whole set, and nothing is gathered
    for rank, half in enumerate(halves):
        rows = slice(4 * rank, 4 * rank + 4)
        expected = loss_and_slope({}, None, rows)[0]
        torch.testing.assert_close(half["evaluation"], expected)
