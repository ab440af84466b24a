"""DINO training on two dozen short files, uninterrupted and resumed."""

import functools

import pytest
import torch
from speechbrain import Stage

from sb_contrastive.brains import DINOBrain
from sb_contrastive.data.augmentation.augmentation import Augmentation
from sb_contrastive.data.views.crops import RandomCrops
from sb_contrastive.encoders import DINOHead
from sb_contrastive.evaluation.embeddings.monitors import (
    prototype_perplexity,
    teacher_entropy,
    teacher_information,
)
from sb_contrastive.losses import DINOLoss, KoLeoLoss
from sb_contrastive.schedules import Cosine, LinearThenConstant

STEPS = 3  # in an epoch


@pytest.fixture
def build(pretraining, tiny_encoder):
    """Makes a Brain anew, and a function that trains it."""

    def make(augment=False, **options):
        encoder = tiny_encoder()
        head = DINOHead(8, 24, hidden_dim=16, bottleneck_dim=256)
        options = {
            "modules": {"encoder": encoder, "head": head},
            "loss": DINOLoss(24),
            "opt_class": functools.partial(
                torch.optim.AdamW, weight_decay=0.05
            ),
            "teacher_momentum": Cosine(0.7, 1.0),
            "teacher_temperature": LinearThenConstant(0.04, 0.07, until=0.5),
            "crops": RandomCrops([2, 3], [0.2, 0.1], seed=1),
            "augmentation": an_augmentation() if augment else None,
            "batch_size": 5,  # of 18 utterances: three are dropped
            **options,
        }
        return pretraining(DINOBrain, **options)

    return make


def an_augmentation():
    augmentation = Augmentation(seed=1)
    augmentation.noises = torch.randn(
        3, 4, 4000, generator=torch.Generator().manual_seed(0)
    )
    augmentation.rooms = torch.eye(3, 400)
    return augmentation


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


def test_monitors_are_those_of_all_outputs_at_once(build, a_batch, rows):
    brain, _ = build()
    brain.modules.eval()
    brain.on_stage_start(Stage.VALID)
    everything = []
    for some in (rows[:4], rows[4:7]):  # batches of unequal size
        batch = a_batch(brain, some)
        with torch.no_grad():
            predictions = brain.compute_forward(batch, Stage.VALID)
            brain.compute_objectives(predictions, batch, Stage.VALID)
        dino = brain.objectives["dino"]
        targets = predictions.outputs["dino"][1]
        everything.append(dino.criterion.targets(targets, 0.04))
    probabilities = torch.cat(everything, dim=1)  # [G, 7, K]
    brain.valid_losses = {"dino": [torch.tensor(5.0)]}
    figures = brain.valid_figures(5.0)
    entropy = float(teacher_entropy(probabilities))
    assert float(figures["teacher_entropy"]) == pytest.approx(entropy)
    assert figures["kl"] == pytest.approx(5.0 - entropy)
    assert figures["prototype_perplexity"] == prototype_perplexity(
        probabilities
    )
    information = float(teacher_information(probabilities))
    assert float(figures["teacher_information"]) == pytest.approx(
        information, abs=1e-6
    )


@pytest.mark.parametrize("batch", [1, 4])
def test_every_crop_goes_through_alone_as_in_the_batch(
    build, a_batch, rows, batch
):
    brain, _ = build()
    brain.modules.eval()
    batch = a_batch(brain, rows[:batch])
    with torch.no_grad():
        forward = brain.compute_forward(batch, Stage.VALID)
        logits, targets = forward.outputs["dino"]
        long = forward.embeddings["long"]
        embeddings = forward.teachers["teacher_encoder"]["long"]
        for b in range(len(batch)):
            for v in range(5):
                crop = (
                    batch.long.data[b, v]
                    if v < 2
                    else batch.short.data[b, v - 2]
                )
                student = brain.modules.head(brain.modules.encoder(crop[None]))
                torch.testing.assert_close(logits[v, b], student[0])
                if v < 2:
                    embedding = brain.modules.encoder(crop[None])
                    torch.testing.assert_close(long[v, b], embedding[0])
                    embedding = brain.modules.teacher_encoder(crop[None])
                    teacher = brain.modules.teacher_head(embedding)
                    torch.testing.assert_close(embeddings[v, b], embedding[0])
                    torch.testing.assert_close(targets[v, b], teacher[0])
    assert len(logits) == 5 and len(targets) == 2


def test_the_objective_gets_its_scheduled_temperature(build, a_batch, rows):
    brain, _ = build()
    brain.modules.eval()
    brain.on_stage_start(Stage.VALID, 1)
    batch = a_batch(brain, rows[:4])
    predictions = brain.compute_forward(batch, Stage.VALID)
    for step, temperature in ((0, 0.04), (2, 0.04 + 0.03 * 4 / 9), (9, 0.07)):
        brain.optimizer_step = step
        loss = brain.compute_objectives(predictions, batch, Stage.VALID)
        criterion = brain.objectives["dino"].criterion
        expected = criterion(*predictions.outputs["dino"], temperature)
        assert loss.item() == pytest.approx(expected.item(), rel=1e-6)


def test_koleo_of_the_students_long_crops_is_added_in_training(
    build, a_batch, rows, copy_of
):
    plain, _ = build()
    both, _ = build(koleo_weight=0.3)
    both.modules.load_state_dict(plain.modules.state_dict())
    batch = a_batch(plain, rows[:4])
    for stage, weight in ((Stage.TRAIN, 0.3), (Stage.VALID, 0.0)):
        plain.on_stage_start(stage, 1)
        both.on_stage_start(stage, 1)
        plain.modules.eval()
        both.modules.eval()
        forward = plain.compute_forward(batch, stage)
        expected = plain.compute_objectives(forward, batch, stage)
        for crop in forward.embeddings["long"]:
            expected = expected + weight * KoLeoLoss()(crop) / 2
        forward = both.compute_forward(batch, stage)
        given = both.compute_objectives(forward, batch, stage)
        torch.testing.assert_close(given, expected)


def test_without_weight_koleo_is_not_there(build):
    brain, fit = build(epochs=1, koleo_weight=0.0)
    fit()
    assert list(brain.objectives) == ["dino"]
    assert "train_koleo" not in brain.log.rows[0]
    brain, fit = build(epochs=1, koleo_weight=0.1)
    fit()
    (row,) = brain.log.rows
    total = row["train_dino"] + 0.1 * row["train_koleo"]
    assert row["train_loss"] == pytest.approx(total, rel=1e-4)
    assert row["gradient_koleo"] > 0 and row["valid_loss"] == pytest.approx(
        row["valid_dino"]
    )


def test_augmentation_is_told_which_crop_is_which(build, a_batch, rows):
    calls = []

    def spy(wavs, ids, views, epoch):
        calls.append((wavs.clone(), list(ids), list(views), epoch))
        return wavs

    brain, _ = build(augmentation=spy)
    brain.on_stage_start(Stage.TRAIN, 3)
    batch = a_batch(brain, rows[:4])
    brain.crops_of(batch, Stage.VALID)
    assert not calls
    brain.crops_of(batch, Stage.TRAIN)
    by_id = {row["ID"]: row for row in rows}
    seen = set()
    for (wavs, ids, views, epoch), count in zip(calls, (2, 3), strict=True):
        assert epoch == 3
        assert len(wavs) == len(ids) == len(views) == 4 * count
        for wav, name, view in zip(wavs, ids, views):
            row = by_id[name]
            groups = brain.crops(name, row["wav"], row["start"], row["stop"])
            expected = groups[0][view] if view < 2 else groups[1][view - 2]
            assert torch.equal(wav, expected)
            seen.add((name, view))
    assert len(seen) == 4 * 5  # no crop shares its randomness with another


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


def test_a_collapse_is_said_in_the_log(build, validated, caplog):
    brain, _ = build()
    brain.init_optimizers()
    brain.train = {}
    with torch.no_grad():
        for p in brain.modules.teacher_encoder.parameters():
            p.mul_(0)  # the same embedding for all, its bias apart
    validated(brain, epoch=1)
    assert "embedding_std" not in caplog.text  # nothing is trained yet
    brain.optimizer_step = brain.total_steps // 2
    validated(brain, epoch=5)
    assert "epoch 5: embedding_std is" in caplog.text
