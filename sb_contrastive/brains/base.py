"""What every Brain here shares: optimiser groups, schedules, clipping, checkpoints and an epoch log."""

import json
import os
import time

import speechbrain as sb
import torch
from speechbrain.utils.checkpoints import (
    mark_as_loader,
    mark_as_saver,
    register_checkpoint_hooks,
)

from sb_contrastive.data.randomness import keyed_generator
from sb_contrastive.distributed import rank


@register_checkpoint_hooks
class EpochLog:
    """Figures of each epoch, saved with the checkpoint so that a resumed run
    neither loses nor repeats a line.

    Example
    -------
    >>> log = EpochLog()
    >>> log.add(epoch=1, train_loss=7.5)
    >>> log.rows
    [{'epoch': 1, 'train_loss': 7.5}]
    """

    def __init__(self):
        self.rows = []

    def add(self, **figures):
        """Appends the figures of one epoch: plain numbers by name."""
        self.rows.append({k: _plain(v) for k, v in figures.items()})

    @mark_as_saver
    def _save(self, path):
        with open(path, "w", encoding="utf-8") as file:
            json.dump(self.rows, file)

    @mark_as_loader
    def _load(self, path, end_of_epoch):
        del end_of_epoch
        with open(path, encoding="utf-8") as file:
            self.rows = json.load(file)


class TrainingBrain(sb.Brain):
    """Base of our Brains.

    Weight decay acts on matrices only, every parameter group is clipped (the
    Brain of SpeechBrain clips the first), and the learning rate is a function
    of the optimiser step.

    Arguments
    ---------
    modules : dict of str to torch.nn.Module
        As for `speechbrain.Brain`.
    opt_class : callable
        Parameter groups -> optimiser.
    learning_rate : callable
        Progress in [0, 1] -> learning rate, see `sb_contrastive.schedules`.
    total_steps : int
        Optimiser steps from start to end: where progress is 1.
    hparams, run_opts, checkpointer
        As for `speechbrain.Brain`.
    train_loggers : list, optional
        SpeechBrain train loggers (`FileTrainLogger`, `TensorboardLogger`, ...).
    """

    def __init__(
        self,
        modules,
        opt_class,
        learning_rate,
        total_steps,
        hparams=None,
        run_opts=None,
        checkpointer=None,
        train_loggers=(),
    ):
        super().__init__(
            modules, opt_class, hparams or {}, run_opts, checkpointer
        )
        self.learning_rate = learning_rate
        self.total_steps = total_steps
        self.train_loggers = train_loggers
        self.log = EpochLog()
        if checkpointer is not None:
            # Before any wrapping for several processes, so that a checkpoint
            # holds the same names whatever their number
            checkpointer.add_recoverables({**self.modules, "log": self.log})
        self.utterances = 0
        self.wait_seconds = self.step_seconds = 0.0
        self._last = None

    @property
    def progress(self):
        """Share of the optimiser steps done, 0 to 1."""
        return min(self.optimizer_step / max(self.total_steps, 1), 1.0)

    def rate_factors(self):
        """Parts that learn more slowly than the rest.

        Returns
        -------
        dict of int to float
            id of a parameter -> its share of the learning rate; none here.
        """
        return {}

    def init_optimizers(self):
        """Groups with weight decay (matrices) and without (the rest), for each
        share of the learning rate."""
        factors, groups = self.rate_factors(), {}
        for p in self.modules.parameters():
            if p.requires_grad:
                key = (factors.get(id(p), 1.0), p.dim() > 1)
                groups.setdefault(key, []).append(p)
        # The full rate first, whose value is logged, and matrices before the rest
        self.optimizer = self.opt_class(
            [
                {
                    "params": groups[factor, matrices],
                    "rate_factor": factor,
                    **({} if matrices else {"weight_decay": 0.0}),
                }
                for factor, matrices in sorted(groups, reverse=True)
            ]
        )
        self.optimizers_dict = {"opt_class": self.optimizer}
        if self.checkpointer is not None:
            self.checkpointer.add_recoverable("optimizer", self.optimizer)

    def on_fit_start(self):
        """Prepares modules and optimiser, then resumes from the newest whole checkpoint."""
        self._compile()
        self._wrap_distributed()
        self.init_optimizers()
        if self.checkpointer is not None:
            self.checkpointer.recover_if_possible(ckpt_predicate=self.is_whole)

    def on_fit_batch_start(self, batch, should_step):
        """Sets the learning rate of this step and notes how long the data took."""
        self.batch_ids = batch.id
        # Dropout draws from the global generator, which a resumed run would
        # find in another state
        key = (self.optimizer_step, self.step, rank(), "dropout")
        seed = os.environ.get("SB_GLOBAL_SEED", "0")  # as SpeechBrain's sampler
        torch.manual_seed(keyed_generator(seed, *key).integers(2**63).item())
        rate = self.learning_rate(self.progress)
        for group in self.optimizer.param_groups:
            group["lr"] = rate * group.get("rate_factor", 1.0)
        now = time.perf_counter()
        if self._last is not None:
            self.wait_seconds += now - self._last
        self._last = now

    def on_fit_batch_end(self, batch, outputs, loss, should_step):
        """Keeps count of utterances and seconds."""
        now = time.perf_counter()
        self.step_seconds += now - self._last
        self._last = now
        self.utterances += len(batch)

    def check_loss_isfinite(self, loss):
        """Stops before the step that would spoil every weight."""
        if not torch.isfinite(loss):
            raise ValueError(
                f"the loss of optimiser step {self.optimizer_step + 1} is not "
                f"finite: check the audio of its utterances, "
                f"{', '.join(self.batch_ids)}, or lower the learning rate"
            )

    def optimizers_step(self):
        """Clips every group by the norm of all, steps, and advances the clock."""
        self.scaler.unscale_(self.optimizer)
        if self.max_grad_norm > 0:
            every = [
                p for g in self.optimizer.param_groups for p in g["params"]
            ]
            torch.nn.utils.clip_grad_norm_(every, self.max_grad_norm)
        if not self.scaler.is_enabled() and self.skip_nonfinite_grads:
            self.check_gradients()
        self.scaler.step(self.optimizer)
        self.scaler.update()
        self.optimizer.zero_grad(set_to_none=True)
        self.optimizer_step += 1

    def finish_epoch(self, epoch, train, valid, max_keys=(), keep=1):
        """Logs an epoch and saves a checkpoint.

        Arguments
        ---------
        epoch : int
            Its number.
        train : dict of str to float
            Figures of the training part.
        valid : dict of str to float
            Figures of the validation part, saved with the checkpoint.
        max_keys : list of str
            Names in `valid` by which the best checkpoint is kept beside the
            newest.
        keep : int
            How many of the best to keep.
        """
        rate = self.optimizer.param_groups[0]["lr"]
        valid = {k: _plain(v) for k, v in valid.items()}
        self._last = None
        self.log.add(epoch=epoch, learning_rate=rate, **train, **valid)
        for logger in self.train_loggers:
            logger.log_stats(
                {"epoch": epoch, "lr": rate},
                train_stats=train,
                valid_stats=valid,
            )
        if self.checkpointer is not None:
            self.checkpointer.save_and_keep_only(
                meta={"epoch": epoch, **valid},
                max_keys=list(max_keys),
                num_to_keep=keep,
                importance_keys=[],
            )

    def speed(self):
        """Utterances per second, and the share of time spent waiting for data.

        Returns
        -------
        dict of str to float
        """
        seconds = self.wait_seconds + self.step_seconds
        return {
            "train_seconds": seconds,
            "utterances_per_second": self.utterances / max(seconds, 1e-9),
            "data_wait_share": self.wait_seconds / max(seconds, 1e-9),
        }

    def is_whole(self, checkpoint):
        """Whether a checkpoint has all its files: one that was cut off while
        being written lacks some.

        Arguments
        ---------
        checkpoint : speechbrain.utils.checkpoints.Checkpoint
            What the checkpointer lists.

        Returns
        -------
        bool
        """
        return set(self.checkpointer.recoverables) <= set(checkpoint.paramfiles)


def _plain(value):
    return value.item() if hasattr(value, "item") else value
