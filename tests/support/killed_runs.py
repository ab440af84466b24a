"""Training that is killed at many moments, as by a failure of the machine."""

import collections
import os
import shutil
import signal
import zlib

import numpy as np
import pytest
import torch

from sb_contrastive.training import checkpoints
from tests.support.comparison import assert_same, everything


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
