"""What every Brain here shares: optimiser groups, schedules, clipping, randomness, checkpoints and logs."""

import os

import speechbrain as sb
import torch

from sb_contrastive.brains.epoch_log import EpochLog, plain
from sb_contrastive.brains.step_clock import StepClock
from sb_contrastive.brains.views import stacked_views
from sb_contrastive.data.randomness import keyed_generator
from sb_contrastive.distributed import rank


class TrainingBrain(sb.Brain):
    """Base of our Brains.

    Weight decay acts on matrices only, every parameter group is clipped (the
    Brain of SpeechBrain clips the first), and the learning rate is a function
    of the optimiser step.

    Arguments
    ---------
    modules : dict of str to torch.nn.Module
        As for `speechbrain.Brain`; `encoder` is what is pretrained.
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
    crops : RandomCrops or FrameCrops, optional
        What draws the training crops, unless they are whole utterances; the
        Brain tells it the epoch.
    augmentation : callable, optional
        (crops [N, S], ids, views, epoch) -> crops.
    validation_epochs : set of int, optional
        Epochs that end with a validation; all when absent.
    sampler : ClassBatches, optional
        Batch sampler of the training part, which the Brain tells the epoch.
    """

    best = {}  # {"max_key" or "min_key": figure}: which checkpoint is kept too

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
        crops=None,
        augmentation=None,
        validation_epochs=None,
        sampler=None,
    ):
        super().__init__(
            modules, opt_class, hparams or {}, run_opts, checkpointer
        )
        self.learning_rate = learning_rate
        self.total_steps = total_steps
        self.train_loggers = train_loggers
        self.crops = crops
        self.augmentation = augmentation
        self.validation_epochs = validation_epochs
        self.sampler = sampler
        self.log = EpochLog()
        self.clock = StepClock()
        if checkpointer is not None:
            # Before any wrapping for several processes, so that a checkpoint
            # holds the same names whatever their number
            checkpointer.add_recoverables({**self.modules, "log": self.log})

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

    def on_stage_start(self, stage, epoch=None):
        """Fixes the randomness of the epoch: 0 for validation, always alike."""
        self.set_epoch(epoch if stage == sb.Stage.TRAIN else 0)

    def set_epoch(self, epoch):
        """Tells the epoch to whatever draws at random.

        Arguments
        ---------
        epoch : int
            Its number, 0 for validation.
        """
        if self.crops is not None:
            self.crops.epoch = epoch
        if self.sampler is not None:
            self.sampler.set_epoch(epoch)

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
        self.clock.begin_step()

    def stacked(self, crops, batch, stage, first=0):
        """Crops [B, V, S] of a batch as rows [V * B, S], view after view, in
        training augmented; `first` as for `stacked_views`."""
        augmentation = self.augmentation if stage == sb.Stage.TRAIN else None
        return stacked_views(
            crops, batch.id, augmentation, self.crops.epoch, first
        )

    def _fit_valid(self, valid_set, epoch, enable):
        # With few labels an epoch is a handful of steps, and validating after
        # each would take longer than training
        due = self.validation_epochs is None or epoch in self.validation_epochs
        if due or self.debug or self._optimizer_step_limit_exceeded:
            super()._fit_valid(valid_set, epoch, enable)

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

    def on_fit_batch_end(self, batch, outputs, loss, should_step):
        """Keeps count of utterances and seconds."""
        self.clock.end_step(len(batch))

    def on_stage_end(self, stage, stage_loss, epoch=None):
        """Logs an epoch once it has been validated, and saves a checkpoint."""
        if stage == sb.Stage.TRAIN:
            self.train_loss = stage_loss
        elif stage == sb.Stage.VALID:
            valid = {"valid_loss": stage_loss, **self.monitors(stage_loss)}
            self.finish_epoch(epoch, {"train_loss": self.train_loss}, valid)

    def monitors(self, loss):
        """Figures of the validation part, beside its loss, for the log.

        Arguments
        ---------
        loss : float
            Its loss.

        Returns
        -------
        dict of str to float or torch.Tensor
        """
        return {}

    def finish_epoch(self, epoch, train, valid):
        """Logs an epoch and saves a checkpoint; the newest stays, and the one
        that `best` names.

        Arguments
        ---------
        epoch : int
            Its number.
        train : dict of str to float
            Figures of the training part.
        valid : dict of str to float
            Figures of the validation part, saved with the checkpoint.
        """
        rate = self.optimizer.param_groups[0]["lr"]
        valid = plain(valid)
        self.clock.pause()
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
                **{f"{kind}s": [name] for kind, name in self.best.items()},
                importance_keys=[],
            )

    def speed(self):
        """Seconds and utterances per second, see `StepClock.figures`."""
        return self.clock.figures()

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

    def load_best(self):
        """Loads the checkpoint that `best` names, or the newest where it names
        none, and nothing where there is no checkpoint."""
        if self.checkpointer is not None:
            self.checkpointer.recover_if_possible(
                **self.best, ckpt_predicate=self.is_whole
            )

    def start_from(self, state):
        """Continues from an encoder pretrained before; all else starts anew.

        Arguments
        ---------
        state : dict of str to torch.Tensor
            Its `state_dict`.
        """
        self.modules.encoder.load_state_dict(state)

    def pretrained_encoder(self):
        """The network to keep: the encoder, without what was trained on it.

        Returns
        -------
        UtteranceEncoder
        """
        return getattr(self.modules.encoder, "module", self.modules.encoder)
