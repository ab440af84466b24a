"""Classification of two dozen short files: losses, selection, resuming."""

import math

import pytest
import torch
from speechbrain import Stage

from sb_contrastive.data.views.datasets import crop_dataset, utterance_dataset
from tests.brains.classification.conftest import CLASSES, LABELS, STEPS


def test_the_loss_falls_and_the_classes_are_learnt(build):
    brain, fit = build(epochs=15)
    fit()
    rows = brain.log.rows
    assert rows[0]["train_loss"] == pytest.approx(math.log(3), abs=0.6)
    assert rows[-1]["train_loss"] < 0.5 * rows[0]["train_loss"]
    assert rows[-1]["valid_UA"] > 0.8


def test_best_epoch_by_unweighted_accuracy_is_restored(build, rows, tmp_path):
    def rate(progress):  # learn, then be ruined
        return 0.05 if progress < 0.6 else 100.0

    brain, fit = build(epochs=12, save=tmp_path, learning_rate=rate)
    fit()
    scores = [row["valid_UA"] for row in brain.log.rows]
    best = max(scores)
    assert best > scores[-1] + 0.3, (
        "the ruin did not work; the test shows nothing"
    )
    brain.evaluate(
        utterance_dataset(rows[15:], LABELS),
        max_key="valid_UA",
        test_loader_kwargs={"batch_size": 4},
    )
    new = brain.modules.state_dict()
    kept = [
        score
        for score, state in zip(scores, brain.states, strict=True)
        if all(torch.equal(new[k], v) for k, v in state.items())
    ]
    assert kept and kept[0] == best
    hits = {label: [] for label in CLASSES}
    for target, prediction in zip(brain.targets, brain.predictions()):
        hits[CLASSES[target]].append(CLASSES[target] == prediction)
    recalls = [sum(h) / len(h) for h in hits.values()]
    assert sum(recalls) / 3 == pytest.approx(best)


def test_predictions_of_a_padded_batch_equal_those_alone(build, rows):
    brain, fit = build(epochs=2)
    fit()
    results = []
    for batch_size in (9, 4, 1):
        brain.evaluate(
            utterance_dataset(rows[15:], LABELS),
            test_loader_kwargs={"batch_size": batch_size},
        )
        assert brain.ids == [row["ID"] for row in rows[15:]]
        assert brain.targets == [LABELS[row["label"]] for row in rows[15:]]
        results.append((torch.tensor(brain.posteriors), brain.predictions()))
    for posteriors, predictions in results:
        torch.testing.assert_close(
            posteriors, results[-1][0], rtol=0, atol=1e-5
        )
        assert predictions == results[-1][1]
        torch.testing.assert_close(posteriors.sum(dim=1), torch.ones(9))


def test_a_network_of_nan_is_not_scored(build, rows):
    brain, fit = build(epochs=1)
    brain.modules.classifier.weight.data[0, 0] = float("nan")
    with pytest.raises(ValueError, match="not finite for .*diverged"):
        fit()
    brain.evaluate(utterance_dataset(rows[15:], LABELS), test_loader_kwargs={})
    with pytest.raises(ValueError, match=f"for {rows[15]['ID']} .9 of 9 utt"):
        brain.predictions()


def test_resumed_equals_uninterrupted(build, tmp_path):
    whole, fit = build(epochs=4, save=tmp_path / "whole", trainable="affine")
    start = {k: v.clone() for k, v in whole.modules.state_dict().items()}
    fit()
    first, fit = build(epochs=4, save=tmp_path / "cut", trainable="affine")
    first.modules.load_state_dict(start)
    first.kill_before_step = 7
    with pytest.raises(InterruptedError):
        fit()
    torch.manual_seed(99)
    second, fit = build(epochs=4, save=tmp_path / "cut", trainable="affine")
    fit()
    assert second.history == whole.history[6:]
    assert second.log.rows == whole.log.rows
    new = second.modules.state_dict()
    assert all(
        torch.equal(new[k], v) for k, v in whole.modules.state_dict().items()
    )


@pytest.mark.parametrize("epochs", [{2, 4, 5}, {5}, None])
def test_validation_only_after_the_epochs_asked_for(build, epochs):
    brain, fit = build(epochs=5, validation_epochs=epochs)
    fit()
    validated = [row["epoch"] for row in brain.log.rows]
    assert validated == sorted(epochs or range(1, 6))


def test_the_loss_is_the_weighted_cross_entropy(build, rows):
    weights = torch.tensor([0.5, 1.0, 3.0])
    brain, _ = build(class_weights=weights, label_smoothing=0.1)
    brain.on_stage_start(Stage.TRAIN, 1)
    dataset = crop_dataset(rows[:5], brain.crops, ["crop"], LABELS)
    (batch,) = brain.make_dataloader(dataset, Stage.VALID, None, batch_size=5)
    logits = torch.randn(5, 3)
    loss = brain.compute_objectives(logits, batch, Stage.TRAIN)
    total = scale = 0.0
    for row, utterance in zip(logits.tolist(), rows):
        target = LABELS[utterance["label"]]
        log_sum = math.log(sum(math.exp(x) for x in row))
        for c in range(3):
            share = 0.1 / 3 + 0.9 * (c == target)
            total += weights[c].item() * share * (log_sum - row[c])
        scale += weights[target].item()
    assert loss.item() == pytest.approx(total / scale, rel=1e-5)
    assert not brain.ids and not brain.posteriors  # kept in evaluation only


def test_augmentation_is_for_training_only(build, rows):
    calls = []

    def spy(wavs, ids, views, epoch):
        calls.append((list(ids), list(views), epoch))
        return wavs

    brain, fit = build(epochs=2, augmentation=spy)
    fit()
    assert [epoch for _, _, epoch in calls] == [1] * STEPS + [2] * STEPS
    assert all(len(ids) == 5 and views == [0] * 5 for ids, views, _ in calls)
    assert [ids for ids, _, _ in calls] == [
        list(ids) for ids, _ in brain.history
    ]


def test_killed_equals_undisturbed(build, killed_run):
    killed_run(
        build,
        run_opts={"noprogressbar": True, "ckpt_interval_steps": 2},
        class_weights=torch.tensor([0.5, 1.0, 3.0]),
    )


@pytest.mark.parametrize("trainable", ["affine", "all"])
def test_two_processes_equal_one(build, doubled_run, trainable):
    weights = torch.tensor([0.5, 1.0, 3.0])
    doubled_run(build, 4, trainable=trainable, class_weights=weights)


@pytest.mark.parametrize("trainable", ["output", "affine"])
def test_accumulated_gradients_are_those_of_the_larger_batch(build, trainable):
    def trained(batch_size, factor):
        torch.manual_seed(0)
        brain, fit = build(
            trainable=trainable,
            batch_size=batch_size,
            opt_class=torch.optim.SGD,
            run_opts={
                "noprogressbar": True,
                "grad_accumulation_factor": factor,
            },
        )
        fit()
        assert brain.optimizer_step == 9
        return brain.modules.state_dict()

    torch.testing.assert_close(trained(2, 2), trained(4, 1))


def test_bf16_is_near(build, near_in_bf16):
    near_in_bf16(build)
