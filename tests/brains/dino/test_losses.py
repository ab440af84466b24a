"""What a step of DINO computes, and what its log says."""

import pytest
import torch
from speechbrain import Stage

from sb_contrastive.evaluation.embeddings.monitors import (
    prototype_perplexity,
    teacher_entropy,
    teacher_information,
)
from sb_contrastive.losses import KoLeoLoss


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
    brain.losses.valid = {"dino": [torch.tensor(5.0)]}
    figures = brain.valid_figures(5.0)
    entropy = float(teacher_entropy(probabilities))
    assert float(figures["teacher_entropy"]) == pytest.approx(entropy)
    assert figures["kl"] == pytest.approx(5.0 - entropy)
    assert figures["prototype_perplexity"] == prototype_perplexity(
        probabilities
    )
    information = float(teacher_information(probabilities.mean(dim=0)))
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
        logits, targets, *_ = forward.outputs["dino"]
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
        expected = criterion(*predictions.outputs["dino"][:2], temperature)
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


def test_koleo_on_the_bottleneck_is_a_part_of_dino(build):
    brain, fit = build(epochs=1, koleo_weight=0.1, koleo_placement="bottleneck")
    fit()
    assert list(brain.objectives) == ["dino"]
    (row,) = brain.log.rows
    assert row["train_koleo"] < 1 and "gradient_koleo" not in row
    assert 1 <= row["bottleneck_rank"] and 0 < row["bottleneck_common"] <= 1
    assert row["kl"] == pytest.approx(
        row["valid_loss"] - row["teacher_entropy"], rel=1e-4
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
