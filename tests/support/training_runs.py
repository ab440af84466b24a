"""Brains that are watched while they train, killed before a step, and resumed."""

import functools

import pytest
import torch
from speechbrain import Stage
from speechbrain.utils.epoch_loop import EpochCounter

from sb_contrastive.data.views.datasets import crop_dataset
from sb_contrastive.schedules import WarmupCosine
from sb_contrastive.training.checkpoints import AtomicCheckpointer


@pytest.fixture
def one_order(monkeypatch):
    """What another test seeded shall not decide the order of the batches."""
    monkeypatch.setenv("SB_GLOBAL_SEED", "1986")
    torch.manual_seed(0)


@pytest.fixture
def pretraining(rows):
    """Makes a Brain that notes what each step saw and gave and can be killed
    before one, and a function that trains it: three steps an epoch."""

    def make(
        brain_class,
        epochs=3,
        save=None,
        run_opts=None,
        batch_size=6,
        loader=None,
        **options,
    ):
        class Watched(brain_class):
            kill_before_step = None
            on_step = None

            def fit_batch(self, batch):
                if self.optimizer_step == self.kill_before_step:
                    raise InterruptedError
                loss = super().fit_batch(batch)
                step = (self.crops.epoch, tuple(batch.id), loss.item())
                self.history.append(step)
                if self.on_step is not None:
                    self.on_step(self)
                return loss

        options = {
            "opt_class": functools.partial(
                torch.optim.AdamW, weight_decay=0.01
            ),
            "learning_rate": WarmupCosine(0.01, 0.001, warmup=0.2),
            "total_steps": 3 * epochs,
            "run_opts": {"noprogressbar": True, **(run_opts or {})},
            "checkpointer": AtomicCheckpointer(save) if save else None,
            **options,
        }
        brain = Watched(**options)
        brain.history = []
        counter = EpochCounter(epochs)
        if save:
            brain.checkpointer.add_recoverable("counter", counter)

        def fit():
            augmentation, brain.augmentation = brain.augmentation, None
            brain.prepare(rows[:18])  # tests prepare augmentation themselves
            brain.augmentation = augmentation
            brain.fit(
                counter,
                crop_dataset(rows[:18], brain.crops, brain.views),
                crop_dataset(rows[18:], brain.crops, brain.views),
                train_loader_kwargs={
                    "batch_size": batch_size,
                    "shuffle": True,
                    "drop_last": True,
                    **(loader or {}),
                },
                valid_loader_kwargs={"batch_size": 3, **(loader or {})},
            )

        return brain, fit

    return make


@pytest.fixture
def a_batch():
    """Makes one batch of rows, cropped as in validation."""

    def make(brain, rows):
        dataset = crop_dataset(rows, brain.crops, brain.views)
        (batch,) = brain.make_dataloader(
            dataset, Stage.VALID, None, batch_size=len(rows)
        )
        return batch

    return make


@pytest.fixture
def validated(rows):
    """Validates a Brain as if after some epoch and returns what it logged."""

    def validate(brain, epoch):
        dataset = crop_dataset(rows[18:], brain.crops, brain.views)
        options = {"batch_size": 3, "ckpt_prefix": None}
        loader = brain.make_dataloader(dataset, Stage.VALID, **options)
        brain._fit_valid(loader, epoch, enable=False)
        return dict(brain.log.rows[-1])

    return validate


@pytest.fixture
def resumed_run(tmp_path, copy_of, unchanged):
    """Trains without a break, and again with one from the same weights; the
    steps after the break, the log and the weights have to be the same."""

    def run(build, killed, resumed, **options):
        whole, fit = build(save=tmp_path / "whole", **options)
        start = copy_of(whole.modules)
        fit()
        first, fit = build(save=tmp_path / "cut", **options)
        first.modules.load_state_dict(start)
        first.kill_before_step = killed
        with pytest.raises(InterruptedError):
            fit()
        # A new process: other weights, another state of the global generators
        torch.manual_seed(99)
        second, fit = build(save=tmp_path / "cut", **options)
        fit()
        assert first.history == whole.history[:killed]
        assert second.history == whole.history[resumed:]
        assert second.log.rows == whole.log.rows
        assert second.optimizer_step == whole.optimizer_step == 9
        unchanged(second.modules, copy_of(whole.modules))
        return whole, second

    return run


@pytest.fixture
def near_in_bf16():
    """Trains in fp32 and in bf16: the first losses have to be near, weights
    and training losses float32 all the same. bfloat16 has three digits."""

    def run(build, **options):
        firsts = {}
        for precision in ("fp32", "bf16"):
            torch.manual_seed(0)
            opts = {"precision": precision, "eval_precision": precision}
            brain, fit = build(
                epochs=1, run_opts={"noprogressbar": True, **opts}, **options
            )
            losses, objective = [], brain.compute_objectives

            def watched(
                predictions, batch, stage, objective=objective, losses=losses
            ):
                loss = objective(predictions, batch, stage)
                if stage == Stage.TRAIN:
                    losses.append(loss)
                return loss

            brain.compute_objectives = watched
            fit()
            assert {loss.dtype for loss in losses} == {torch.float32}
            dtypes = {p.dtype for p in brain.modules.parameters()}
            assert dtypes == {torch.float32}
            firsts[precision] = losses[0].item()
        assert firsts["bf16"] != firsts["fp32"]
        assert firsts["bf16"] == pytest.approx(firsts["fp32"], rel=0.1)

    return run
