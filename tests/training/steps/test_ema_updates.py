"""Who follows whom, and when two schedules are one."""

import logging

import pytest
import torch

from sb_contrastive import EMATeacher
from sb_contrastive.momentum import TeacherMomentum
from sb_contrastive.schedules import Constant, Cosine, WarmupCosine
from sb_contrastive.training.steps.ema_updates import (
    EMAUpdates,
    Followed,
    same_schedule,
)


def test_every_pair_moves_by_its_own_momentum():
    modules = {name: torch.nn.Linear(1, 1) for name in "ab"}
    modules |= {f"teacher_{n}": EMATeacher(modules[n]) for n in "ab"}
    old = {n: modules[n].weight.item() for n in "ab"}
    with torch.no_grad():
        for name in "ab":
            modules[name].weight += 1
    updates = EMAUpdates(
        [
            Followed("a", "teacher_a", Constant(0.75)),
            Followed("b", "teacher_b", Cosine(0.0, 1.0)),
        ],
        steps=10,
    )
    updates.step(modules, progress=0.5)
    moved = {
        n: modules[f"teacher_{n}"].network.weight.item() - old[n] for n in "ab"
    }
    assert moved == pytest.approx({"a": 0.25, "b": 0.5}, rel=1e-5)


def test_schedules_are_compared_by_kind_and_settings():
    cosine = Cosine(0.9, 1.0)
    assert same_schedule(cosine, cosine)
    assert same_schedule(cosine, Cosine(0.9, 1.0, until=1.0))
    assert not same_schedule(cosine, Cosine(0.9, 1.0, until=0.5))
    assert not same_schedule(Constant(0.9), WarmupCosine(0.9))
    fitted = [TeacherMomentum(Cosine(0.9, 1.0), share) for share in (0.1, 0.2)]
    assert same_schedule(fitted[0], TeacherMomentum(Cosine(0.9, 1.0), 0.1))
    assert not same_schedule(*fitted)
    assert not same_schedule(fitted[0], TeacherMomentum(Cosine(0.8, 1.0), 0.1))
    # Nobody knows what is in a function
    assert not same_schedule(lambda p: 0.9, lambda p: 0.9)


@pytest.mark.parametrize("curve, warned", [(0.99, True), (0.9, False)])
def test_a_teacher_that_stays_half_initial_is_warned_of(curve, warned, caplog):
    caplog.set_level(logging.INFO)
    updates = EMAUpdates([Followed("a", "teacher", Constant(curve))], steps=60)
    assert updates.initial_share() == pytest.approx(curve**60)
    updates.tell()
    (record,) = caplog.records
    assert (record.levelname == "WARNING") == warned
    assert f"its 60 steps, {curve**60:.2g} of the teacher's" in record.message
    assert ("TeacherMomentum" in record.message) == warned


def test_a_fitted_teacher_has_left_its_initial_weights():
    student = torch.nn.Linear(1, 1, bias=False)
    torch.nn.init.zeros_(student.weight)
    teacher = EMATeacher(student)
    torch.nn.init.ones_(teacher.network.weight)
    momentum = TeacherMomentum(Cosine(0.996, 1.0))
    updates = EMAUpdates([Followed("student", "teacher", momentum)], steps=50)
    for step in range(50):
        modules = {"student": student, "teacher": teacher}
        updates.step(modules, progress=step / 50)
    assert teacher.network.weight.item() == pytest.approx(0.01, rel=1e-3)


def test_without_teachers_there_is_nothing_to_tell(caplog):
    updates = EMAUpdates([], steps=5)
    updates.tell()
    assert updates.initial_share() is None and not caplog.records
