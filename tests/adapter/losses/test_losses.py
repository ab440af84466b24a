"""The three objectives against loops over frames; no frame, half precision, gradients."""

import math

import pytest
import torch

from sb_contrastive.adapter import PrototypeDistillationLoss
from sb_contrastive.adapter.losses.attributes import attribute_loss
from sb_contrastive.adapter.losses.distillation import (
    frame_distillation_loss,
    utterance_distillation_loss,
)
from sb_contrastive.adapter.losses.mask_prediction import mask_prediction_loss

B, T, D, K = 3, 7, 4, 5


@pytest.fixture(autouse=True)
def same_numbers():
    torch.manual_seed(0)


@pytest.fixture
def where():
    return torch.rand(B, T) < 0.5


def chosen(where):
    return where.nonzero().tolist()


def test_mask_prediction_equals_the_loop(where):
    predictions, targets = torch.randn(2, B, T, D)
    total = sum(
        ((predictions[b, t] - targets[b, t]) ** 2).sum().item() / D
        for b, t in chosen(where)
    )
    loss = mask_prediction_loss(predictions, targets, where)
    assert loss.item() == pytest.approx(total / len(chosen(where)), rel=1e-5)


def test_frame_distillation_equals_the_loop(where):
    student, teacher = torch.randn(2, B, T, D)
    total = sum(
        1 - (student[b, t] @ teacher[b, t] / student[b, t].norm()
             / teacher[b, t].norm()).item()
        for b, t in chosen(where)
    )  # fmt: skip
    loss = frame_distillation_loss(student, teacher, where)
    assert loss.item() == pytest.approx(total / len(chosen(where)), rel=1e-5)


def test_utterance_distillation_equals_the_loop(where):
    where[:, 0] = True
    student, teacher = torch.randn(2, B, T, D)
    total = 0.0
    for b in range(B):
        gap = student[b, where[b]].mean(0) - teacher[b, where[b]].mean(0)
        total += (gap**2).sum().item() / D
    loss = utterance_distillation_loss(student, teacher, where)
    assert loss.item() == pytest.approx(total / B, rel=1e-5)


def test_prototype_distillation_equals_the_loop(where):
    loss = PrototypeDistillationLoss(K, 0.1, 0.04, center_momentum=0.9)
    center = torch.zeros(K)
    for _ in range(3):
        student, teacher = torch.rand(2, B, T, K)
        total = 0.0
        for b, t in chosen(where):
            p = ((teacher[b, t] - center) / 0.04).softmax(-1)
            q = (student[b, t] / 0.1).softmax(-1)
            total -= sum(p[k].item() * math.log(q[k].item()) for k in range(K))
        given = loss(student, teacher, where)
        assert given.item() == pytest.approx(
            total / len(chosen(where)), rel=1e-4
        )
        center = 0.9 * center + 0.1 * teacher[where].mean(dim=0)
        torch.testing.assert_close(loss.center, center)


def test_the_centre_moves_in_training_only_and_not_without_frames(where):
    loss, logits = PrototypeDistillationLoss(K), torch.rand(B, T, K)
    loss(logits, logits, torch.zeros_like(where))
    loss.eval()(logits, logits, where)
    assert not loss.center.any()


@pytest.mark.parametrize("kind", ["hard", "soft", "bce"])
def test_attribute_loss_equals_the_loop(where, kind):
    logits = torch.randn(B, T, K)
    labels = torch.randint(K, (B, T))
    if kind != "hard":
        labels = torch.randn(B, T, K).softmax(-1)
    total = 0.0
    for b, t in chosen(where):
        x = logits[b, t].tolist()
        log_sum = math.log(sum(math.exp(v) for v in x))
        for k in range(K):
            if kind == "hard":
                total += (labels[b, t].item() == k) * (log_sum - x[k])
            elif kind == "soft":
                total += labels[b, t, k].item() * (log_sum - x[k])
            else:
                q, p = labels[b, t, k].item(), 1 / (1 + math.exp(-x[k]))
                total -= (q * math.log(p) + (1 - q) * math.log(1 - p)) / K
    loss = attribute_loss(logits, labels, where, kind)
    assert loss.item() == pytest.approx(total / len(chosen(where)), rel=1e-4)


def test_soft_labels_that_are_sure_are_hard_ones(where):
    logits, labels = torch.randn(B, T, K), torch.randint(K, (B, T))
    one_hot = torch.nn.functional.one_hot(labels, K).float()
    torch.testing.assert_close(
        attribute_loss(logits, one_hot, where, "soft"),
        attribute_loss(logits, labels, where, "hard"),
    )


LOSSES = {
    "mask prediction": lambda s, t, w: mask_prediction_loss(s, t, w),
    "frame": lambda s, t, w: frame_distillation_loss(s, t, w),
    "utterance": lambda s, t, w: utterance_distillation_loss(s, t, w),
    "prototype": lambda s, t, w: PrototypeDistillationLoss(D)(s, t, w),
    "hard": lambda s, t, w: attribute_loss(s, t.argmax(-1), w, "hard"),
    "soft": lambda s, t, w: attribute_loss(s, t.float().softmax(-1), w, "soft"),
    "bce": lambda s, t, w: attribute_loss(s, t.float().softmax(-1), w, "bce"),
}


@pytest.mark.parametrize("name", LOSSES)
def test_no_frame_gives_a_zero_that_keeps_the_graph(name):
    student = torch.randn(B, T, D, requires_grad=True)
    nothing = torch.zeros(B, T, dtype=torch.bool)
    loss = LOSSES[name](student, torch.randn(B, T, D), nothing)
    loss.backward()
    assert loss.item() == 0 and not student.grad.any()


@pytest.mark.parametrize("name", LOSSES)
def test_frames_that_do_not_count_have_no_part(name, where):
    where[:, 0] = True
    student, teacher = torch.randn(2, B, T, D)
    dirty = [torch.where(where[..., None], x, 77.0) for x in (student, teacher)]
    torch.testing.assert_close(
        LOSSES[name](*dirty, where), LOSSES[name](student, teacher, where)
    )


@pytest.mark.parametrize("name", LOSSES)
def test_gradient_steps_lower_the_loss_and_leave_the_teacher(name, where):
    where[:, 0] = True
    student = torch.randn(B, T, D, requires_grad=True)
    teacher = torch.randn(B, T, D, requires_grad=True)
    optimizer = torch.optim.Adam([student], lr=0.1)
    losses = []
    for _ in range(30):
        loss = LOSSES[name](student, teacher, where)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < losses[0] - 0.05
    assert teacher.grad is None


@pytest.mark.parametrize("name", LOSSES)
def test_half_precision_is_computed_in_float32(name, where):
    student, teacher = torch.randn(2, B, T, D).bfloat16()
    with torch.autocast("cpu", dtype=torch.bfloat16):
        inside = LOSSES[name](student, teacher, where)
    assert inside.dtype == torch.float32
    outside = LOSSES[name](student.float(), teacher.float(), where)
    torch.testing.assert_close(inside, outside)


def test_an_unknown_kind_of_label_is_refused():
    with pytest.raises(ValueError, match="hard, soft, bce.*'soft'"):
        attribute_loss(
            torch.randn(1, 2, K),
            torch.zeros(1, 2).long(),
            torch.ones(1, 2).bool(),
            "sofd",
        )
