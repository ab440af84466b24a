"""BYOL on a tiny encoder: it learns, its teacher follows, two processes equal one."""

import pytest
import torch

from sb_contrastive.brains import PretrainingBrain
from sb_contrastive.data.views import RandomCrops
from sb_contrastive.objectives import BYOL
from sb_contrastive.schedules import Cosine


@pytest.fixture
def build(pretraining, small_encoder, one_order):
    """Makes a Brain anew, and a function that trains it."""

    def make(**options):
        predictor = torch.nn.Sequential(
            torch.nn.Linear(6, 12),
            torch.nn.BatchNorm1d(12),
            torch.nn.ReLU(),
            torch.nn.Linear(12, 6),
        )
        byol = BYOL(torch.nn.Linear(8, 6), predictor, Cosine(0.9, 1.0))
        return pretraining(
            PretrainingBrain,
            modules={"encoder": small_encoder()},
            objectives={"byol": byol},
            crops=RandomCrops([2], [0.15], seed=1),
            **options,
        )

    return make


def test_predictions_come_nearer_to_the_targets(build):
    brain, fit = build(epochs=12)
    fit()
    losses = [row["train_loss"] for row in brain.log.rows]
    assert sum(losses[-3:]) / 3 < 0.7 * losses[0]
    assert {"positive_cosine", "hit_rate"} <= brain.log.rows[0].keys()
    names = ["encoder", "projector", "predictor"]
    teachers = ["teacher_encoder", "teacher_projector"]
    assert list(brain.modules) == names + teachers


def test_encoder_and_projector_are_followed_by_the_formula(build, copy_of):
    brain, fit = build(epochs=1)
    pairs = ("encoder", "projector")
    old = {n: copy_of(brain.modules[f"teacher_{n}"].network) for n in pairs}

    def check(brain):
        m = Cosine(0.9, 1.0)((brain.optimizer_step - 1) / 3)
        for name in pairs:
            teacher = brain.modules[f"teacher_{name}"].network
            theirs = dict(brain.modules[name].named_parameters())
            for key, mine in teacher.named_parameters():
                expected = m * old[name][key] + (1 - m) * theirs[key]
                torch.testing.assert_close(mine, expected)
            old[name] = copy_of(teacher)

    brain.on_step = check
    fit()
    assert brain.optimizer_step == 3


def test_resumed_equals_uninterrupted(build, resumed_run):
    resumed_run(build, 5, 5, run_opts={"ckpt_interval_steps": 1})


def test_two_processes_equal_one(build, doubled_run):
    doubled_run(build, 6)
