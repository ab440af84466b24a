"""A corpus of a few short files, an encoder small enough to train in a test, Brains that are watched, killed and doubled."""

import collections
import functools
import os
import shutil
import signal
import zlib

import numpy as np
import pytest
import soundfile
import torch
from speechbrain import Stage
from speechbrain.lobes.features import Fbank
from speechbrain.lobes.models.Xvector import Xvector
from speechbrain.utils.epoch_loop import EpochCounter

from sb_contrastive.data.manifests.source import SOURCE
from sb_contrastive.data.views.datasets import crop_dataset
from sb_contrastive.encoders import UtteranceEncoder
from sb_contrastive.schedules import WarmupCosine
from sb_contrastive.training import checkpoints
from sb_contrastive.training.checkpoints import AtomicCheckpointer

CLASSES = ("ang", "sad", "neu")


@pytest.fixture(scope="session")
def rows(tmp_path_factory):
    """24 buzzing utterances of 0.3 to 0.53 s. The pitch tells the class, the
    brightness the speaker."""
    folder, rng, rows = (
        tmp_path_factory.mktemp("buzz"),
        np.random.default_rng(0),
        [],
    )
    for i in range(24):
        speaker, label = i % 4, i % 3
        samples = 4800 + 160 * i
        t = np.arange(samples) / 16000
        pitch = (150, 500, 1500)[label] * (1 + 0.02 * rng.standard_normal())
        audio = sum(
            np.sin(2 * np.pi * pitch * h * t) / h ** (0.5 + 0.5 * speaker)
            for h in range(1, 6)
        )
        audio = 0.1 * audio + 0.01 * rng.standard_normal(samples)
        path = folder / f"utt{i:02d}.wav"
        soundfile.write(path, audio, 16000)
        rows.append(
            {
                "ID": f"utt{i:02d}",
                "duration": samples / 16000,
                "wav": str(path),
                "start": 0,
                "stop": samples,
                "spk_id": f"spk{speaker}",
                "label": CLASSES[label],
                SOURCE: f"buzz.csv:{i + 2}",
            }
        )
    return rows


@pytest.fixture(scope="session")
def tiny_encoder():
    """Makes an encoder of a few hundred parameters, with batch norm."""

    def make(affine=("blocks.7",)):
        backbone = Xvector(
            in_channels=8,
            tdnn_blocks=2,
            tdnn_channels=[12, 12],
            tdnn_kernel_sizes=[3, 1],
            tdnn_dilations=[1, 1],
            lin_neurons=8,
        )
        return UtteranceEncoder(Fbank(n_mels=8), backbone, 8, affine=affine)

    return make


@pytest.fixture(scope="session")
def copy_of():
    """Copies the tensors of a module by name, to compare them later."""

    def copy(module):
        return {k: v.clone() for k, v in module.state_dict().items()}

    return copy


@pytest.fixture(scope="session")
def unchanged():
    """Asserts that the tensors of a module are those of a copy, bit for bit."""

    def check(module, copy):
        state = module.state_dict()
        assert state.keys() == copy.keys()
        for name, tensor in state.items():
            assert torch.equal(tensor, copy[name]), name

    return check


@pytest.fixture(autouse=True)
def one_order(monkeypatch):
    """What another test seeded shall not decide the order of the batches."""
    monkeypatch.setenv("SB_GLOBAL_SEED", "1986")
    torch.manual_seed(0)


@pytest.fixture
def pretraining(rows):
    """Makes a Brain that notes what each step saw and gave and can be killed
    before one, and a function that trains it: three steps an epoch."""

    def make(
        brain_class, epochs=3, save=None, run_opts=None, batch_size=6, **options
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
            brain.fit(
                counter,
                crop_dataset(rows[:18], brain.crops, brain.groups),
                crop_dataset(rows[18:], brain.crops, brain.groups),
                train_loader_kwargs={
                    "batch_size": batch_size,
                    "shuffle": True,
                    "drop_last": True,
                },
                valid_loader_kwargs={"batch_size": 3},
            )

        return brain, fit

    return make


@pytest.fixture
def a_batch():
    """Makes one batch of rows, cropped as in validation."""

    def make(brain, rows):
        dataset = crop_dataset(rows, brain.crops, brain.groups)
        (batch,) = brain.make_dataloader(
            dataset, Stage.VALID, None, batch_size=len(rows)
        )
        return batch

    return make


@pytest.fixture
def validated(rows):
    """Validates a Brain as if after some epoch and returns what it logged."""

    def validate(brain, epoch):
        dataset = crop_dataset(rows[18:], brain.crops, brain.groups)
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


# Figures that jump where two similarities are a rounding error apart
RANKED = {"hit_rate", "speaker_eer", "speaker_knn"}


def everything(brain):
    """All that a checkpoint of a Brain holds, and its log."""
    held = {
        name: item.state_dict()
        for name, item in brain.checkpointer.recoverables.items()
        if hasattr(item, "state_dict")
    }
    return {**held, "log": brain.log.rows, "steps": brain.optimizer_step}


def assert_same(mine, theirs, **tolerance):
    """Bit for bit, or within a tolerance; names where they differ."""
    if not tolerance:
        tolerance = {"rtol": 0, "atol": 0}
    torch.testing.assert_close(mine, theirs, equal_nan=True, **tolerance)


class Death:
    """Kills its own process at the n-th of some event, as SIGKILL does."""

    def __init__(self, event, number):
        self.event, self.number = event, number
        self.seen = collections.Counter()

    def at(self, event):
        self.seen[event] += 1
        if event == self.event and self.seen[event] == self.number:
            os.kill(os.getpid(), signal.SIGKILL)

    def before(self, owner, name, event):
        """Makes each call of a function an event."""
        function = getattr(owner, name)

        def watched(*args, **kwargs):
            self.at(event)
            return function(*args, **kwargs)

        setattr(owner, name, watched)

    def watch(self, brain):
        self.before(brain, "optimizers_step", "step")
        self.before(brain, "on_fit_batch_end", "stepped")
        self.before(brain, "evaluate_batch", "validation")
        self.before(checkpoints, "_finish", "written")
        save, delete = torch.save, shutil.rmtree

        def half_deleted(path, *args, **kwargs):
            if self.event == "deletion":
                next(iter(path.glob("*.ckpt"))).unlink()
            self.at("deletion")
            delete(path, *args, **kwargs)

        def torn(state, path, *args, **kwargs):
            save(state, path, *args, **kwargs)
            whole = os.path.getsize(path)
            if self.event == "file":
                os.truncate(path, whole // 2)
            self.at("file")
            save(state, path, *args, **kwargs)

        torch.save, shutil.rmtree = torn, half_deleted


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


@pytest.fixture
def killed_run(tmp_path, forked, one_thread):
    """Trains without a break, and again in a chain of processes each killed at
    some moment, drawn at random for each Brain; all that a checkpoint holds
    has to be the same at the end, bit for bit."""

    def run(build, **options):
        def train(name, *death):
            def go():
                torch.manual_seed(0)
                brain, fit = build(save=tmp_path / name, **options)
                if death:
                    Death(*death).watch(brain)
                fit()
                torch.save(everything(brain), tmp_path / f"{name}.pt")
                return brain

            return go

        # Here, so that the children find what it imports
        brain = train("whole")()
        seed = zlib.crc32(type(brain).__mro__[1].__name__.encode())
        draw = np.random.default_rng(seed).integers
        deaths = (
            ("step", draw(1, 4)),  # within the first epoch
            ("validation", 1),
            ("file", draw(1, 5)),  # while a checkpoint is being written
            ("stepped", draw(1, 4)),
            ("written", 1),  # all is written, but not yet in its place
            ("validation", 2),
            ("deletion", 1),  # while an old checkpoint is being deleted
            ("step", draw(1, 3)),
        )
        ends = [forked(train("cut", *death)) for death in deaths]
        assert sum(end == [-signal.SIGKILL] for end in ends) >= 6
        assert forked(train("cut")) == [0]
        undisturbed, survivor = (
            torch.load(tmp_path / f"{name}.pt") for name in ("whole", "cut")
        )
        assert undisturbed["steps"] > 0
        assert_same(survivor, undisturbed)
        assert not [*(tmp_path / "cut").glob("unfinished-*")]

    return run


@pytest.fixture
def doubled_run(tmp_path, two_ranks, one_thread):
    """Trains in one process, and in two of half the batch each: what both hold
    at the end has to be alike, and on both ranks the same."""

    def run(build, batch_size, **options):
        options = {
            "opt_class": functools.partial(
                # Adam would make steps of rounding errors
                torch.optim.SGD,
                momentum=0.9,
            ),
            "run_opts": {
                "noprogressbar": True,
                "distributed_backend": "gloo",
            },
            "epochs": 1,
            **options,
        }

        def train(rank=None):
            torch.manual_seed(0)
            name, share = ("one", 1) if rank is None else (f"rank{rank}", 2)
            brain, fit = build(
                save=tmp_path / ("one" if rank is None else "two"),
                batch_size=batch_size // share,
                **options,
            )
            fit()
            torch.save(everything(brain), tmp_path / f"{name}.pt")

        train()
        two_ranks(train)
        one, first, second = (
            torch.load(tmp_path / f"{name}.pt")
            for name in ("one", "rank0", "rank1")
        )
        assert one["steps"] > 1
        assert_same(first, second)
        for held in (first, one):
            for row in held["log"]:
                for name in RANKED & row.keys():
                    del row[name]
        assert_same(first, one, rtol=1e-3, atol=1e-5)
        return one

    return run
