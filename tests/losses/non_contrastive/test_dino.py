"""DINOLoss against a loop over pairs of crops, closed forms and two processes."""

import math

import pytest
import torch

from sb_contrastive.encoders import DINOHead
from sb_contrastive.losses import DINOLoss

SIZES = [  # V, G, B, K
    (2, 1, 1, 2),
    (2, 2, 1, 2),
    (3, 1, 4, 5),
    (3, 3, 2, 7),
    (6, 2, 8, 33),
    (5, 3, 3, 16),
]


def random_logits(V, G, B, K, seed=0):
    generator = torch.Generator().manual_seed(seed)
    student = torch.rand(V, B, K, generator=generator) * 2 - 1
    teacher = torch.rand(G, B, K, generator=generator) * 2 - 1
    return student, teacher


def slow_loss(student, teacher, center, tau_s, tau_t):
    """Every pair of different crops, every utterance, every prototype."""
    total, pairs = 0.0, 0
    for g in range(len(teacher)):
        for v in range(len(student)):
            if v == g:
                continue
            pairs += 1
            for b in range(student.shape[1]):
                t = [
                    math.exp((x - c) / tau_t)
                    for x, c in zip(teacher[g, b].tolist(), center.tolist())
                ]
                s = [math.exp(x / tau_s) for x in student[v, b].tolist()]
                for k in range(len(t)):
                    p_t, p_s = t[k] / sum(t), s[k] / sum(s)
                    total -= p_t * math.log(p_s) / student.shape[1]
    return total / pairs


@pytest.mark.parametrize("V, G, B, K", SIZES)
def test_equals_the_double_loop(V, G, B, K):
    student, teacher = random_logits(V, G, B, K)
    loss = DINOLoss(K, student_temperature=0.2, teacher_temperature=0.07)
    loss.center.copy_(torch.linspace(-0.3, 0.4, K))
    slow = slow_loss(student, teacher, loss.center, 0.2, 0.07)
    assert loss(student, teacher).item() == pytest.approx(slow, rel=1e-5)


def test_a_crop_is_not_compared_with_itself():
    # Only the pair (0, 1) and (1, 0): each student agrees with itself and
    # with nothing else, so the loss is large
    one_hot = torch.eye(2)[:, None, :]  # [V=2, B=1, K=2]
    loss = DINOLoss(2, teacher_temperature=0.01)
    assert loss(one_hot, one_hot).item() == pytest.approx(10.0, abs=1e-3)


@pytest.mark.parametrize("K", [2, 8, 1000])
def test_equal_logits_give_log_k(K):
    flat = torch.full((6, 3, K), 0.7)
    assert DINOLoss(K)(flat, flat[:2]).item() == pytest.approx(math.log(K))


def test_agreement_on_one_prototype_gives_zero():
    agreed = torch.zeros(6, 4, 8)
    agreed[..., 3] = 1.0
    loss = DINOLoss(8, student_temperature=0.02, teacher_temperature=0.02)
    assert 0 <= loss(agreed, agreed[:2]).item() < 1e-6


@pytest.mark.parametrize("batch_norm", [True, False])
@pytest.mark.parametrize("K", [256, 4096])
def test_first_loss_of_a_fresh_head_is_near_log_k(K, batch_norm):
    torch.manual_seed(0)
    head = DINOHead(64, K, hidden_dim=128, batch_norm=batch_norm)
    student = head(torch.randn(6 * 16, 64)).unflatten(0, (6, 16))
    teacher = head(torch.randn(2 * 16, 64)).unflatten(0, (2, 16))
    # Cosines of unrelated unit vectors in 256 dimensions have variance 1/256,
    # which adds half of 1/256 / 0.1^2, about 0.2, to the logsumexp
    loss = DINOLoss(K)(student, teacher).item()
    assert loss == pytest.approx(math.log(K), abs=0.25)


def test_permuting_utterances_or_short_crops_changes_nothing():
    student, teacher = random_logits(6, 2, 8, 33)
    loss = DINOLoss(33).eval()
    order = torch.randperm(8, generator=torch.Generator().manual_seed(1))
    crops = torch.tensor([0, 1, 5, 3, 2, 4])
    expected = loss(student, teacher).item()
    moved = loss(student[:, order], teacher[:, order]).item()
    assert moved == pytest.approx(expected, rel=1e-6)
    assert loss(student[crops], teacher).item() == pytest.approx(
        expected, rel=1e-6
    )


def test_order_of_long_crops_matters():
    # Otherwise a crop could be compared with itself unnoticed
    student, teacher = random_logits(6, 2, 8, 33)
    loss = DINOLoss(33).eval()
    assert loss(student, teacher).item() != pytest.approx(
        loss(student, teacher.flip(0)).item(), rel=1e-4
    )


def test_center_moves_after_the_loss_by_the_formula():
    student, teacher = random_logits(4, 2, 3, 5)
    loss = DINOLoss(5, center_momentum=0.8)
    loss.center.copy_(torch.tensor([0.5, -0.5, 0.1, 0.0, 0.2]))
    before = loss.center.clone()
    fresh = slow_loss(student, teacher, before, 0.1, 0.04)
    assert loss(student, teacher).item() == pytest.approx(fresh, rel=1e-5)
    mean = sum(teacher[g, b] for g in range(2) for b in range(3)) / 6
    torch.testing.assert_close(loss.center, 0.8 * before + 0.2 * mean)


def test_center_stays_in_evaluation():
    student, teacher = random_logits(4, 2, 3, 5)
    loss = DINOLoss(5).eval()
    loss(student, teacher)
    assert torch.equal(loss.center, torch.zeros(5))


def test_center_travels_with_the_state():
    loss, other = DINOLoss(5), DINOLoss(5)
    loss(*random_logits(4, 2, 3, 5))
    other.load_state_dict(loss.state_dict())
    assert torch.equal(other.center, loss.center)
    assert loss.center.abs().max() > 0


def test_teacher_gets_no_gradient():
    student, teacher = random_logits(4, 2, 3, 5)
    student.requires_grad_()
    teacher.requires_grad_()
    loss = DINOLoss(5)
    loss(student, teacher).backward()
    assert teacher.grad is None
    assert student.grad.abs().sum() > 0
    assert not loss.targets(teacher).requires_grad


def test_gradient_equals_finite_differences():
    student, teacher = random_logits(3, 2, 2, 4)
    student = student.double().requires_grad_()
    loss = DINOLoss(4).eval()
    loss(student, teacher).backward()
    # The closed form of the gradient is also checked: (P_s - P_t) / tau_s
    step = 1e-3  # the loss may be computed in float32
    for v in range(3):
        for b in range(2):
            for k in range(4):
                shift = torch.zeros_like(student)
                shift[v, b, k] = step
                with torch.no_grad():
                    up = loss(student + shift, teacher)
                    down = loss(student - shift, teacher)
                slope = (up - down).item() / (2 * step)
                assert student.grad[v, b, k].item() == pytest.approx(
                    slope, abs=2e-3
                )


def test_gradient_equals_its_closed_form():
    student, teacher = random_logits(3, 2, 2, 4)
    student.requires_grad_()
    loss = DINOLoss(4).eval()
    loss(student, teacher).backward()
    p_t, p_s = loss.targets(teacher), (student.detach() / 0.1).softmax(-1)
    expected = torch.zeros_like(p_s)
    for g in range(2):
        for v in range(3):
            if v != g:  # of 4 pairs, each averaged over B = 2
                expected[v] += (p_s[v] - p_t[g]) / 0.1 / (4 * 2)
    torch.testing.assert_close(student.grad, expected, rtol=1e-4, atol=1e-6)


def test_a_few_steps_lower_the_loss():
    student, teacher = random_logits(6, 2, 8, 33)
    student.requires_grad_()
    loss, values = DINOLoss(33).eval(), []
    for _ in range(10):
        value = loss(student, teacher)
        (slope,) = torch.autograd.grad(value, student)
        student.data -= 0.5 * slope
        values.append(value.item())
    assert all(b < a for a, b in zip(values, values[1:]))


def test_teacher_temperature_of_the_call_wins():
    student, teacher = random_logits(4, 2, 3, 5)
    called = DINOLoss(5, teacher_temperature=0.04).eval()
    built = DINOLoss(5, teacher_temperature=0.07).eval()
    expected = built(student, teacher)
    assert torch.equal(called(student, teacher, 0.07), expected)
    assert called(student, teacher).item() != pytest.approx(expected.item())
    torch.testing.assert_close(
        called.targets(teacher, 0.07), built.targets(teacher)
    )


@pytest.mark.parametrize("V, G", [(1, 1), (2, 0), (2, 3)])
def test_impossible_numbers_of_crops_are_refused(V, G):
    with pytest.raises(ValueError, match="at least two crops"):
        DINOLoss(3)(torch.zeros(V, 2, 3), torch.zeros(G, 2, 3))


def test_half_precision_inputs_are_computed_in_float32():
    student, teacher = (x.bfloat16() for x in random_logits(6, 2, 8, 33))
    full, half = DINOLoss(33), DINOLoss(33)
    expected = full(student.float(), teacher.float())
    with torch.autocast("cpu", torch.bfloat16):
        value = half(student, teacher)
    assert value.dtype == torch.float32
    assert torch.equal(value, expected)
    assert torch.equal(half.center, full.center)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float64])
def test_other_types_work_without_autocast(dtype):
    student, teacher = (x.to(dtype) for x in random_logits(6, 2, 8, 33))
    full, other = DINOLoss(33), DINOLoss(33)
    expected = full(student.float(), teacher.float())
    value = other(student, teacher)
    assert value.item() == pytest.approx(expected.item(), rel=1e-5)
    torch.testing.assert_close(other.center, full.center)


def test_two_processes_equal_one_with_the_joined_batch(two_ranks):
    def half(rank):
        student, teacher = random_logits(5, 2, 8, 16)
        rows = slice(4 * rank, 4 * rank + 4)
        loss = DINOLoss(16)
        losses = [loss(student[:, rows], teacher[:, rows]) for _ in range(3)]
        return {"losses": losses, "center": loss.center}

    halves = two_ranks(half)
    student, teacher = random_logits(5, 2, 8, 16)
    joined = DINOLoss(16)
    values = [joined(student, teacher).item() for _ in range(3)]
    # Three steps: only a centre shared by both keeps the later losses equal
    for mine, theirs, value in zip(*(h["losses"] for h in halves), values):
        assert (mine + theirs).item() / 2 == pytest.approx(value, rel=1e-5)
    assert torch.equal(halves[0]["center"], halves[1]["center"])
    torch.testing.assert_close(halves[0]["center"], joined.center)


def test_training_in_float64():
    student, teacher = random_logits(6, 2, 4, 16)
    single, double = DINOLoss(16), DINOLoss(16).double()
    values = [
        loss(student.to(kind), teacher.to(kind))
        for loss, kind in ((single, torch.float32), (double, torch.float64))
    ]
    assert values[1].dtype == double.center.dtype == torch.float64
    torch.testing.assert_close(values[0].double(), values[1], rtol=1e-5, atol=0)
    torch.testing.assert_close(
        double.center, 0.1 * teacher.double().mean((0, 1))
    )
    student = student.double().requires_grad_()
    assert torch.autograd.gradcheck(
        lambda s: double.eval()(s, teacher.double()), student, eps=1e-6
    )
