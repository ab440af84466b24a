"""EMATeacher against the formula, and momenta against the product over all steps."""

import copy
import math
import re
from pathlib import Path

import pytest
import torch
from hyperpyyaml import load_hyperpyyaml

from sb_contrastive import EMATeacher
from sb_contrastive.momentum import TeacherMomentum, initial_share
from sb_contrastive.schedules import Constant, Cosine, LinearThenConstant

CURVES = [
    Cosine(0.996, 1.0),
    Constant(0.999),
    LinearThenConstant(0.999, 0.9999, until=0.3),
]
VOXCELEB2 = 1_092_009  # utterances of the development part
RECIPES = Path("recipes")
SPEAKERS = RECIPES / "VoxCeleb/self-supervised-learning"


@pytest.fixture
def student():
    torch.manual_seed(0)
    return torch.nn.Sequential(
        torch.nn.Linear(3, 4), torch.nn.BatchNorm1d(4), torch.nn.Linear(4, 2)
    )


def disturb(module):
    """Other parameters, other batch-norm statistics."""
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.add_(torch.randn_like(parameter))
    module.train()
    module(5 * torch.randn(8, 3) + 2)


@pytest.mark.parametrize("momentum", [0.0, 0.3, 0.9, 0.996, 1.0])
def test_every_parameter_follows_the_formula(student, momentum):
    teacher = EMATeacher(student)
    old = [p.clone() for p in teacher.network.parameters()]
    disturb(student)
    teacher.update(student, momentum)
    for before, after, new in zip(
        old, teacher.network.parameters(), student.parameters(), strict=True
    ):
        expected = momentum * before + (1 - momentum) * new
        torch.testing.assert_close(after, expected.detach())


def test_momentum_one_keeps_the_teacher_bit_for_bit(student):
    teacher = EMATeacher(student)
    old = copy.deepcopy(teacher.state_dict())
    disturb(student)
    teacher.update(student, 1.0)
    assert all(torch.equal(v, old[k]) for k, v in teacher.state_dict().items())


def test_small_steps_are_not_lost():
    # (1 - m) times a small difference, a thousand times over
    student = torch.nn.Linear(1, 1, bias=False)
    torch.nn.init.constant_(student.weight, 1.0)
    teacher = EMATeacher(student)
    torch.nn.init.constant_(student.weight, 1.001)
    for _ in range(1000):
        teacher.update(student, 0.999)
    gone = 1.001 - teacher.network.weight.item()
    assert gone == pytest.approx(0.001 * 0.999**1000, rel=0.02)


def test_own_buffers_stay_the_teachers(student):
    teacher = EMATeacher(student, buffers="own")
    mean = teacher.network[1].running_mean.clone()
    disturb(student)
    teacher.update(student, 0.5)
    assert torch.equal(teacher.network[1].running_mean, mean)
    # ... and follow the data that the teacher sees in training mode
    data = torch.randn(16, 3)
    teacher.train()
    teacher(data)
    seen = teacher.network[0](data).mean(dim=0).detach()
    torch.testing.assert_close(
        teacher.network[1].running_mean, 0.9 * mean + 0.1 * seen
    )


def test_copied_buffers_are_the_students(student):
    teacher = EMATeacher(student, buffers="copy")
    disturb(student)
    teacher.update(student, 0.5)
    theirs = dict(student.named_buffers())
    for name, buffer in teacher.network.named_buffers():
        assert torch.equal(buffer, theirs[name])
    assert theirs["1.num_batches_tracked"] == 1


def test_the_teacher_is_a_copy_without_gradient(student):
    teacher = EMATeacher(student)
    assert all(p.requires_grad for p in student.parameters())
    assert not any(p.requires_grad for p in teacher.parameters())
    data = torch.randn(4, 3)
    student.eval()
    teacher.eval()
    assert torch.equal(teacher(data), student(data))
    assert not teacher(data).requires_grad
    mine = {p.data_ptr() for p in teacher.parameters()}
    assert mine.isdisjoint(p.data_ptr() for p in student.parameters())
    old = copy.deepcopy(teacher.state_dict())
    disturb(student)
    assert all(torch.equal(v, old[k]) for k, v in teacher.state_dict().items())


def test_a_wrapped_student_is_unwrapped(student):
    teacher, twin = EMATeacher(student), EMATeacher(student)
    disturb(student)
    wrapper = torch.nn.Module()
    wrapper.module = student
    teacher.update(wrapper, 0.7)
    twin.update(student, 0.7)
    for a, b in zip(teacher.parameters(), twin.parameters(), strict=True):
        assert torch.equal(a, b)


def test_state_round_trip(student):
    teacher = EMATeacher(student)
    disturb(student)
    teacher.update(student, 0.3)
    other = EMATeacher(copy.deepcopy(student))
    other.load_state_dict(teacher.state_dict())
    for a, b in zip(teacher.parameters(), other.parameters(), strict=True):
        assert torch.equal(a, b)


def test_an_unknown_rule_for_buffers_is_refused(student):
    with pytest.raises(ValueError, match="'own' or 'copy', got 'ema'"):
        EMATeacher(student, buffers="ema")


def product(momentum, steps):
    """The weight of the initial network, one step after another."""
    weight = 1.0
    for step in range(steps):
        weight *= momentum(step / steps)
    return weight


@pytest.mark.parametrize("curve", CURVES)
@pytest.mark.parametrize("steps", [1, 2, 7, 300, 20_000, 250_000])
def test_the_initial_share_is_below_one_percent_however_short(curve, steps):
    fitted = TeacherMomentum(curve).over(steps)
    written = product(curve, steps)
    assert initial_share(curve, steps) == pytest.approx(written, rel=1e-3)
    if written <= 0.01:
        assert fitted is curve
    else:
        assert product(fitted, steps) <= 0.01 * (1 + 1e-6)
        assert 0 <= fitted(0) < curve(0)


@pytest.mark.parametrize("curve", CURVES)
def test_a_fitted_momentum_is_the_curve_with_its_rates_times_one_factor(curve):
    steps = 400
    fitted = TeacherMomentum(curve, initial_share=0.03).over(steps)
    factors = [
        (1 - fitted(i / steps)) / (1 - curve(i / steps)) for i in range(steps)
    ]
    assert max(factors) == pytest.approx(min(factors))
    assert product(fitted, steps) == pytest.approx(0.03, rel=1e-4)


def test_a_constant_momentum_is_fitted_to_the_root():
    fitted = TeacherMomentum(Constant(0.999)).over(200)
    assert fitted(0.3) == pytest.approx(0.01 ** (1 / 200))


def test_any_share_may_be_asked_for():
    curve = Cosine(0.996, 1.0)
    assert TeacherMomentum(curve, initial_share=1.0).over(3) is curve
    with pytest.raises(ValueError, match="initial_share is a share in"):
        TeacherMomentum(curve, initial_share=0.0)
    with pytest.raises(ValueError, match="would never leave its initial"):
        TeacherMomentum(Constant(1.0)).over(10)


@pytest.mark.parametrize(
    "file, start, steps",
    [
        ("DINO/hparams/cho2022.yaml", 0.996, 70 * 8000),
        ("DINO/hparams/ecapa.yaml", 0.996, 150 * VOXCELEB2 // (8 * 64)),
        ("DINO/hparams/wavlm.yaml", 0.996, 20 * VOXCELEB2 // (8 * 64)),
        ("MoCo/hparams/odyssey2024.yaml", 0.999, 150 * VOXCELEB2 // 200),
        ("MoCo/hparams/ecapa.yaml", 0.999, 100 * VOXCELEB2 // 256),
        (
            "../../IEMOCAP/emotion_recognition/Adapter/hparams/hubert.yaml",
            0.999,
            28_000,
        ),
    ],
)
def test_recipes_keep_the_published_values_at_their_length(file, start, steps):
    text = (SPEAKERS / file).read_text()
    block = r"^(?:teacher|key)_momentum: (.*\n(?: +.*\n)+)"
    (found,) = re.findall(block, text, flags=re.MULTILINE)
    momentum = load_hyperpyyaml(f"momentum: {found}")["momentum"]
    fitted = momentum.over(steps)
    assert fitted is momentum.curve and math.isclose(fitted(0), start)


@pytest.mark.parametrize("file", ["moco_am_sv.yaml", "objectives/moco.yaml"])
def test_keys_of_a_short_run_are_of_the_network_of_now(file):
    # 0.999 reaches back over a thousand steps: nothing of a long run, and
    # twice the length of a short one, whose keys would be of another network
    text = (Path("hparams") / file).read_text()
    (published,) = re.findall(r"^key_momentum: ([\d.]+)", text, re.M)
    block = r"key_momentum: (!new:.*TeacherMomentum\n(?: {8,}.*\n?)+)"
    (found,) = re.findall(block, text)
    momentum = load_hyperpyyaml(
        f"key_momentum: {published}\nmomentum: {found}"
    )["momentum"]
    for steps in (300, 500):
        reach = 1 / (1 - momentum.over(steps)(0.5))  # steps
        assert 0.02 < reach / steps < 0.03
    assert momentum.over(500_000)(0.5) == 0.999
