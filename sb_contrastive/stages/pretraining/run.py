"""One run of pretraining: a Brain trained on some rows, of which the encoder is kept."""

import copy
import json
from functools import partial
from pathlib import Path
from typing import Any, Callable, NamedTuple

from speechbrain.utils.distributed import run_on_main
from speechbrain.utils.epoch_loop import EpochCounter
from speechbrain.utils.logger import get_logger

from sb_contrastive.brains.logs.train_loggers import train_loggers
from sb_contrastive.data.features.datasets import feature_dataset
from sb_contrastive.data.folds.validation_split import validation_split
from sb_contrastive.data.manifests.manifest import known_speakers
from sb_contrastive.data.oracle_notice import NOTE as ORACLE_NOTE
from sb_contrastive.data.oracle_notice import is_oracle, leave_oracle_notice
from sb_contrastive.data.sampling.balanced_batches import balanced_batches
from sb_contrastive.data.views.datasets import crop_dataset
from sb_contrastive.distributed import world_size
from sb_contrastive.encoders.weights import (
    CHECKPOINT,
    load_weights,
    save_weights,
)
from sb_contrastive.files import write_atomically
from sb_contrastive.stages.pretraining.demands import (
    check_batch_size,
    number_classes,
)
from sb_contrastive.stages.pretraining.selection import (
    LAST,
    SELECTED,
    watch,
)
from sb_contrastive.training.checkpoints import AtomicCheckpointer
from sb_contrastive.training.length import (
    batches_in_step,
    epochs_for,
)
from sb_contrastive.training.making import make_brain

logger = get_logger(__name__)


class PretrainingRun(NamedTuple):
    """Settings of a run, see `pretrain`; `train` leaves encoder.ckpt and log.json
    in `folder`."""

    experiment: Any
    folder: Path
    brain: Any
    batch_size: int
    validation_share: float
    balance: str | None
    num_workers: int = 0
    tensorboard: bool = False
    select: str = LAST
    judge: Callable | None = None
    steps: int = 0

    def train(
        self,
        rows,
        epochs,
        least_steps,
        weights,
        targets,
        cache=None,
        more=None,
    ):
        """Train on rows.

        Arguments
        ---------
        rows : list of dict
            Manifest rows, of which a share is held out.
        epochs, least_steps, targets
            See `pretrain`.
        weights : pathlib.Path or None
            An encoder to continue from.
        cache : FeatureCache, optional
            Frames of a frozen encoder, for a Brain that trains on those.
        more : callable, optional
            The rows of the training part -> arguments of the Brain by name.
        """
        train, valid = validation_split(rows, self.validation_share)
        size = self.fitting_batch_size(train)
        sampler = self._sampler(train, size)
        batches = len(sampler) if sampler else len(train) // size
        counter = EpochCounter(self.passes(epochs, least_steps, batches))
        labelling = {}
        if targets is not None:
            labels = number_classes(train, targets)
            labelling = {"labels": labels, "column": targets}
        brain = self.brain_for(
            counter.limit,
            batches,
            valid,
            labelling.get("labels"),
            {} if more is None else more(train),
            sampler=sampler,
            checkpointer=AtomicCheckpointer(
                self.folder / "save", {"counter": counter}
            ),
            train_loggers=train_loggers(self.folder, self.tensorboard),
        )
        if self.steps:
            brain.optimizer_step_limit = self.steps
        if weights is not None:
            self._start(brain, weights)
        if brain.uses_labels:
            run_on_main(leave_oracle_notice, args=[self.folder])
            logger.warning(ORACLE_NOTE)
        brain.prepare(train)
        watch(brain, valid, cache, self.select, self.judge)
        workers = {"num_workers": self.num_workers}
        batched = {**workers, "batch_size": size}
        brain.fit(
            counter,
            _dataset(train, brain, cache, **labelling),
            _dataset(valid, brain, cache),
            train_loader_kwargs={**workers, "batch_sampler": sampler}
            if sampler
            else {**batched, "shuffle": True, "drop_last": True},
            valid_loader_kwargs=batched,
        )
        log = {"epochs": brain.log.rows, **brain.speed()}
        if self.select != LAST:
            log[SELECTED] = brain.load_label_free()
        if brain.ema.followed:
            log["teacher_initial_share"] = brain.ema.initial_share()
        run_on_main(self._write, args=[brain, log])

    def _start(self, brain, weights):
        # Checked and named by the kind of network that will be kept
        encoder = copy.deepcopy(brain.pretrained_encoder())
        loaded = load_weights(encoder, weights)
        brain.start_from(encoder.state_dict())
        logger.info(
            f"Pretraining starts from {loaded}; new: all but the encoder"
        )
        brain.start_beside(weights.parent)
        if is_oracle(weights.parent):
            run_on_main(leave_oracle_notice, args=[self.folder])

    def brain_for(
        self, epochs, batches, valid, labels=None, instead=None, **given
    ):
        """Make the Brain, with new networks.

        Arguments
        ---------
        epochs, batches : int
            Epochs, and the batches in each, over all processes.
        valid : list of dict
            Rows of the validation part.
        labels : dict of str to int, optional
            The classes of a supervised Brain.
        instead : dict, optional
            Arguments in the place of those that the experiment gives the Brain.
        **given
            More arguments of the Brain: none where it is only to be looked at.

        Returns
        -------
        TrainingBrain
        """
        supervision = {} if labels is None else {"classes": list(labels)}
        return make_brain(
            partial(self.brain.build(), **(instead or {})),
            self.brain.key,
            total_steps=self._total_steps(epochs, batches),
            hparams=self.experiment.brain_options(),
            run_opts=self.experiment.run_opts,
            speakers=known_speakers(valid),
            **supervision,
            **{
                "sampler": None,
                "checkpointer": None,
                "train_loggers": (),
                **given,
            },
        )

    def passes(self, epochs, least_steps, batches):
        """Count the epochs of a run; with `steps`, the last may end early.

        Arguments
        ---------
        epochs, least_steps : int
            See `pretrain`.
        batches : int
            Batches in an epoch, over all processes.

        Returns
        -------
        int
        """
        if not self.steps:
            return epochs_for(epochs, least_steps, batches)
        each = self.experiment.optimizer_steps(1, batches)
        return -(-self.steps // each)  # rounded up

    def _total_steps(self, epochs, batches):
        """Count the optimiser steps at which schedules end."""
        steps = self.experiment.optimizer_steps(epochs, batches)
        return min(steps, self.steps or steps)

    def fitting_batch_size(self, rows):
        """Return how many utterances a batch has: as many as was asked for, and in
        a debug run no more than the rows can fill.

        Arguments
        ---------
        rows : list of dict
            Of the training part.

        Returns
        -------
        int
        """
        options = self.experiment.brain_options()
        parts = batches_in_step(options, self.experiment.run_opts)
        most = len(rows) // parts
        if self.experiment.debug and 2 <= most < self.batch_size:
            return most
        check_batch_size(rows, self.batch_size, most)
        return self.batch_size

    def _sampler(self, rows, size):
        """Make balanced batches; None where every utterance counts alike."""
        if self.balance is None:
            return None
        return balanced_batches(
            rows,
            self.balance,
            size,
            self.experiment.seed,
            processes=world_size(),
        )

    def _write(self, brain, log):
        write_atomically(
            self.folder / "log.json",
            lambda path: path.write_text(json.dumps(log)),
        )
        brain.write_beside(self.folder)
        # Last: it tells that the stage is finished
        save_weights(brain.pretrained_encoder(), self.folder / CHECKPOINT)


def _dataset(rows, brain, cache, **labelling):
    if cache is not None:
        return feature_dataset(rows, cache, brain.crops, **labelling)
    return crop_dataset(rows, brain.crops, brain.views, **labelling)
