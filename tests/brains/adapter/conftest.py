"""Frames of a few hidden states, and an adapter small enough to train on them in a test."""

import functools

import pytest
import torch
from speechbrain import Stage
from speechbrain.dataio.dataset import DynamicItemDataset
from speechbrain.utils.epoch_loop import EpochCounter

from sb_contrastive import EMATeacher
from sb_contrastive.adapter import (
    AdapterEncoder,
    AdapterObjective,
    AttributeHead,
    FrameMasking,
    MaskVector,
    OnlineCodebook,
    WAPTransformer,
    distillation_head,
    prediction_head,
)
from sb_contrastive.brains import AdapterBrain
from sb_contrastive.encoders import AttentivePooling
from sb_contrastive.schedules import LinearThenConstant, WarmupCosine
from sb_contrastive.training.checkpoints import AtomicCheckpointer

D, K, STEPS = 12, 8, 3  # 18 training utterances in batches of 6


class Killed(Exception):
    """Stands for the end of the machine."""


class WatchedBrain(AdapterBrain):
    """Notes what each step saw and gave; can be killed before a step."""

    kill_before_step = None
    on_step = None

    def fit_batch(self, batch):
        if self.optimizer_step == self.kill_before_step:
            raise Killed
        loss = super().fit_batch(batch)
        self.history = [
            *getattr(self, "history", []),
            (self.masking.epoch, tuple(batch.id), loss.item()),
        ]
        if self.on_step is not None:
            self.on_step(self)
        return loss


def dataset(start, count):
    """Utterances of 20 to 43 frames; each frame is one of five states that last
    six frames and follow in turn, plus what is the speaker's, plus noise."""
    generator = torch.Generator().manual_seed(start)
    states = torch.randn(5, D, generator=torch.Generator().manual_seed(0))
    items = {}
    for i in range(start, start + count):
        T = 20 + i
        first = torch.randint(30, (), generator=generator)
        frames = 2 * states[(first + torch.arange(T)) // 6 % 5]
        noise = torch.randn(T, D, generator=generator)
        speaker = torch.randn(D, generator=generator)
        items[f"utt{i:02d}"] = {"features": frames + speaker + 0.3 * noise}
    return DynamicItemDataset(items, output_keys=["id", "features"])


@pytest.fixture
def build():
    """Makes a Brain anew, and a function that trains it."""

    def make(
        epochs=2,
        save=None,
        attributes=None,
        dropout=0.1,
        run_opts=None,
        modules=None,
        objective=None,
        kernel=8,
        batch_size=6,
        **options,
    ):
        positions = {"position_kernel": kernel, "position_groups": 2}
        adapter = WAPTransformer(
            D, 8, heads=2, feedforward=16, dropout=dropout, **positions
        )
        attributes = attributes or OnlineCodebook(K, 8, fit_frames=200)
        options = {
            "modules": {
                "adapter": adapter,
                "teacher": EMATeacher(adapter, buffers="copy"),
                "mask_vector": MaskVector(D),
                "predictor": prediction_head(8),
                "distiller": distillation_head(8),
                "attribute_head": AttributeHead(8, K),
                **(modules or {}),
            },
            "encoder": AdapterEncoder(adapter, AttentivePooling(8, 4), 0.2),
            "objective": AdapterObjective(
                **{"attributes": attributes, **(objective or {})}
            ),
            "masking": FrameMasking(span=3, seed=1),
            "opt_class": functools.partial(
                torch.optim.AdamW, weight_decay=0.01
            ),
            "learning_rate": WarmupCosine(0.01, warmup=0.1),
            "teacher_momentum": LinearThenConstant(0.9, 0.99, until=0.5),
            "total_steps": epochs * STEPS,
            "run_opts": {"noprogressbar": True, **(run_opts or {})},
            "checkpointer": AtomicCheckpointer(save) if save else None,
            **options,
        }
        brain = WatchedBrain(**options)
        counter = EpochCounter(epochs)
        if save:
            brain.checkpointer.add_recoverable("counter", counter)

        def fit():
            brain.fit(
                counter,
                dataset(0, 18),
                dataset(18, 6),
                train_loader_kwargs={
                    "batch_size": batch_size,
                    "shuffle": True,
                    "drop_last": True,
                },
                valid_loader_kwargs={"batch_size": 4},
            )

        return brain, fit

    return make


def a_batch(brain, count=4):
    (batch,) = brain.make_dataloader(
        dataset(0, count), Stage.VALID, None, batch_size=count
    )
    return batch
