"""Fine-tuning: what is frozen stays, the best epoch is kept, padding is harmless."""

import functools
import math

import pytest
import torch
from speechbrain import Stage
from speechbrain.utils.epoch_loop import EpochCounter

from sb_contrastive.brains import ClassificationBrain
from sb_contrastive.data.views.crops import RandomCrops
from sb_contrastive.data.views.datasets import crop_dataset, utterance_dataset
from sb_contrastive.schedules import WarmupCosine
from sb_contrastive.training.checkpoints import AtomicCheckpointer

CLASSES = ["ang", "neu", "sad"]
LABELS = {label: index for index, label in enumerate(CLASSES)}
STEPS = 3  # 15 training utterances in batches of 5


class WatchedBrain(ClassificationBrain):
    """Notes each step, and keeps a copy of the weights of each epoch."""

    kill_before_step = None

    def fit_batch(self, batch):
        if self.optimizer_step == self.kill_before_step:
            raise InterruptedError
        loss = super().fit_batch(batch)
        self.history = [
            *getattr(self, "history", []),
            (tuple(batch.id), loss.item()),
        ]
        return loss

    def finish_epoch(self, *args, **kwargs):
        state = {k: v.clone() for k, v in self.modules.state_dict().items()}
        self.states = [*getattr(self, "states", []), state]
        super().finish_epoch(*args, **kwargs)


@pytest.fixture
def build(rows, tiny_encoder):
    """Makes a Brain anew, and a function that trains it."""

    def make(
        epochs=3, save=None, affine=("blocks.7",), batch_size=5, **options
    ):
        encoder = tiny_encoder(affine)
        encoder.train()
        with torch.no_grad():  # statistics worth keeping
            encoder(0.1 * torch.randn(8, 3200))
        crops = RandomCrops([1], [0.2], seed=1)
        options = {
            "modules": {
                "encoder": encoder,
                "classifier": torch.nn.Linear(8, len(CLASSES)),
            },
            "opt_class": functools.partial(
                torch.optim.AdamW, weight_decay=0.01
            ),
            "learning_rate": WarmupCosine(0.03),
            "total_steps": epochs * STEPS,
            "run_opts": {"noprogressbar": True},
            "checkpointer": AtomicCheckpointer(save) if save else None,
            "classes": CLASSES,
            "trainable": "all",
            "crops": crops,
            **options,
        }
        brain = WatchedBrain(**options)
        counter = EpochCounter(epochs)
        if save:
            brain.checkpointer.add_recoverable("counter", counter)

        def fit():
            brain.fit(
                counter,
                crop_dataset(rows[:15], crops, ["crop"], LABELS),
                utterance_dataset(rows[15:], LABELS),
                train_loader_kwargs={
                    "batch_size": batch_size,
                    "shuffle": True,
                    "drop_last": True,
                },
                valid_loader_kwargs={"batch_size": 4},
            )

        return brain, fit

    return make


def changed(module, before):
    return {
        k
        for k, v in module.state_dict().items()
        if not torch.equal(v, before[k])
    }


@pytest.mark.parametrize("affine", [["blocks.7"], ["blocks.5", "blocks.7"]])
@pytest.mark.parametrize("trainable", ["output", "affine", "all"])
def test_what_is_frozen_stays_bit_for_bit(build, copy_of, trainable, affine):
    brain, fit = build(trainable=trainable, affine=affine)
    encoder = copy_of(brain.modules.encoder)
    classifier = copy_of(brain.modules.classifier)
    fit()
    assert changed(brain.modules.classifier, classifier) == {"weight", "bias"}
    moved = changed(brain.modules.encoder, encoder)
    if trainable == "output":
        assert not moved
    elif trainable == "affine":
        # The batch norm among the affine moves with its statistics
        parts = tuple(f"backbone.{name}." for name in affine)
        assert moved == {k for k in encoder if k.startswith(parts)}
    else:
        assert moved == {k for k in encoder if k.startswith("backbone.")}
        assert any("running_mean" in k for k in moved)


@pytest.mark.parametrize("trainable", ["output", "affine", "all"])
def test_the_optimiser_has_what_is_trained_and_nothing_else(build, trainable):
    brain, _ = build(trainable=trainable)
    brain.init_optimizers()
    held = {id(p) for g in brain.optimizer.param_groups for p in g["params"]}
    wanted = [*brain.modules.classifier.parameters()]
    if trainable == "affine":
        wanted += brain.modules.encoder.backbone.blocks[7].parameters()
    if trainable == "all":
        wanted += brain.modules.encoder.parameters()
    assert held == {id(p) for p in wanted}


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


def test_what_one_step_froze_the_next_may_train(build, copy_of):
    # Step A trains the affine, step B all of the same encoder
    first, _ = build(trainable="affine")
    second, fit = build(modules=dict(first.modules), trainable="all")
    before = copy_of(second.modules.encoder)
    fit()
    assert "backbone.blocks.0.conv.weight" in changed(
        second.modules.encoder, before
    )


def test_an_unknown_part_is_refused(build):
    with pytest.raises(ValueError, match="output, affine, all, got 'head'"):
        build(trainable="head")


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
