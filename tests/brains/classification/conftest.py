"""A classifier on a tiny encoder."""

import functools

import pytest
import torch
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
def build(rows, small_encoder):
    """Makes a Brain anew, and a function that trains it."""

    def make(
        epochs=3, save=None, affine=("blocks.7",), batch_size=5, **options
    ):
        encoder = small_encoder(affine)
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
