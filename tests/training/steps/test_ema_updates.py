"""Who follows whom, and when two schedules are one."""

import pytest
import torch

from sb_contrastive import EMATeacher
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
        ]
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
    # Nobody knows what is in a function
    assert not same_schedule(lambda p: 0.9, lambda p: 0.9)
