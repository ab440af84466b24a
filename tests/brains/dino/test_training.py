"""DINO training on two dozen short files, uninterrupted and resumed."""

import pytest
import torch

from sb_contrastive.schedules import Cosine
from tests.brains.dino.conftest import STEPS


def test_a_few_epochs_lower_the_loss(build):
    brain, fit = build(epochs=12)
    fit()
    losses = [row["train_loss"] for row in brain.log.rows]
    assert len(losses) == 12
    assert sum(losses[-3:]) / 3 < losses[0] - 0.2
    for row in brain.log.rows:
        assert all(isinstance(v, (int, float)) for v in row.values())
        assert row["kl"] == pytest.approx(
            row["valid_loss"] - row["teacher_entropy"]
        )


def test_the_teacher_follows_by_the_formula_at_every_step(build, copy_of):
    brain, fit = build(epochs=2)
    pairs = (("encoder", "teacher_encoder"), ("head", "teacher_head"))
    old = {t: copy_of(brain.modules[t].network) for _, t in pairs}
    momenta = []

    def check(brain):
        m = Cosine(0.7, 1.0)((brain.optimizer_step - 1) / (2 * STEPS))
        momenta.append(m)
        for student, teacher in pairs:
            theirs = dict(brain.modules[student].named_parameters())
            for name, mine in brain.modules[teacher].network.named_parameters():
                expected = m * old[teacher][name] + (1 - m) * theirs[name]
                torch.testing.assert_close(mine, expected)
            old[teacher] = copy_of(brain.modules[teacher].network)

    brain.on_step = check
    fit()
    assert len(momenta) == 2 * STEPS and momenta[0] == 0.7


def test_the_teacher_keeps_its_own_batch_norm_statistics(build):
    brain, fit = build(epochs=1)
    fit()
    mine = dict(brain.modules.teacher_encoder.network.named_buffers())
    theirs = dict(brain.modules.encoder.named_buffers())
    names = [n for n in mine if n.endswith("running_mean")]
    assert names
    for name in names:
        # Long crops only, once a step; the student has two passes
        assert not torch.equal(mine[name], theirs[name])
        counter = name.replace("running_mean", "num_batches_tracked")
        assert mine[counter] == STEPS and theirs[counter] == 2 * STEPS


def test_prototypes_stay_until_they_are_released(build):
    brain, fit = build(epochs=3, freeze_prototypes=0.5)  # 4.5 of 9 steps
    first = brain.modules.head.prototypes.detach().clone()
    same = []
    brain.on_step = lambda b: same.append(
        torch.equal(b.modules.head.prototypes, first)
    )
    fit()
    # Progress is 4/9 at the fifth step and 5/9 at the sixth
    assert same == [True] * 5 + [False] * 4


def test_validation_moves_nothing_and_repeats_itself(
    build, validated, copy_of, unchanged
):
    brain, fit = build(epochs=1)
    fit()
    before = copy_of(brain.modules), copy_of(brain.objectives)
    assert brain.objectives["dino"].criterion.center.abs().sum() > 0
    first, second = validated(brain, 1), validated(brain, 7)
    assert first.pop("epoch") == 1 and second.pop("epoch") == 7
    assert first == second
    unchanged(brain.modules, before[0])
    unchanged(brain.objectives, before[1])


def test_the_optimiser_has_the_student_and_nothing_else(build):
    brain, _ = build()
    brain.init_optimizers()
    held = [p for g in brain.optimizer.param_groups for p in g["params"]]
    student = [
        *brain.modules.encoder.parameters(),
        *brain.modules.head.parameters(),
    ]
    assert len(held) == len(student)
    assert {id(p) for p in held} == {id(p) for p in student}


def test_speakers_only_add_figures_to_the_log(build, rows, copy_of, unchanged):
    plain, fit_plain = build(epochs=1)
    torch.manual_seed(0)
    told, fit_told = build(
        epochs=1, speakers={row["ID"]: row["spk_id"] for row in rows[18:]}
    )
    told.modules.load_state_dict(plain.modules.state_dict())
    fit_plain()
    fit_told()
    assert "speaker_eer" not in plain.log.rows[0]
    assert 0 <= told.log.rows[0]["speaker_eer"] <= 1
    unchanged(told.modules, copy_of(plain.modules))


@pytest.mark.parametrize(
    "interval, killed, resumed",
    [
        (0, 3, 3),  # at the end of an epoch
        (0, 5, 3),  # within the second epoch, which starts again
        (1, 5, 5),  # within it, with a checkpoint at each step
        (2, 5, 5),
        (2, 4, 3),  # a step is lost, and done again
    ],
)
def test_resumed_equals_uninterrupted(
    build, resumed_run, copy_of, unchanged, interval, killed, resumed
):
    whole, second = resumed_run(
        build,
        killed,
        resumed,
        augment=True,
        freeze_prototypes=0.2,
        run_opts={"ckpt_interval_steps": interval},
    )
    unchanged(second.objectives, copy_of(whole.objectives))
    assert second.objectives["dino"].criterion.center.abs().sum() > 0
    assert len(whole.log.rows) == 3


def test_the_teacher_is_what_is_kept(build):
    brain, _ = build()
    assert brain.pretrained_encoder() is brain.modules.teacher_encoder.network


def test_half_precision_training_runs_and_learns(build):
    brain, fit = build(epochs=12, run_opts={"precision": "bf16"})
    fit()
    losses = [row["train_loss"] for row in brain.log.rows]
    assert sum(losses[-3:]) / 3 < losses[0] - 0.2
    # Teacher weights stay in float32, or its small steps would vanish
    for p in brain.modules.parameters():
        assert p.dtype == torch.float32
    assert brain.objectives["dino"].criterion.center.dtype == torch.float32


def test_killed_equals_undisturbed(build, killed_run):
    killed_run(build, augment=True, run_opts={"ckpt_interval_steps": 2})


def test_two_processes_equal_one(build, doubled_run):
    one = doubled_run(build, 6, augment=True)
    # Batch norm counts: the teacher has statistics of its own
    names = [n for n in one["teacher_encoder"] if n.endswith("running_mean")]
    assert any(one["teacher_encoder"][n].abs().sum() > 0 for n in names)
    assert one["dino_state"]["criterion.center"].abs().sum() > 0
