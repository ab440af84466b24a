"""The training loop that all Brains here share: its order of events, and the helpers that do the work."""

import speechbrain as sb
import torch
from speechbrain.dataio.batch import PaddedBatch
from speechbrain.utils.distributed import run_on_main
from speechbrain.utils.logger import get_logger
from torch.utils.data import DataLoader

from sb_contrastive.brains.logs.collapse_warnings import FROM, collapse_warnings
from sb_contrastive.brains.logs.epoch_checkpoint import save_epoch
from sb_contrastive.brains.logs.epoch_log import EpochLog, plain
from sb_contrastive.brains.logs.label_free_choice import load_best_epoch
from sb_contrastive.brains.logs.peak_memory import peak_memory_gib
from sb_contrastive.brains.logs.step_clock import StepClock
from sb_contrastive.brains.logs.train_loggers import log_stats
from sb_contrastive.brains.shown import (
    as_work,
    show_epoch,
    show_step,
    without_bars,
)
from sb_contrastive.distributed import mean_over_ranks, unwrap, world_size
from sb_contrastive.encoders.pretrained.frames import PretrainedFrames
from sb_contrastive.progress import current
from sb_contrastive.ranges import NotNegative
from sb_contrastive.schedules import as_schedule
from sb_contrastive.training.checkpoints import set_aside_damaged
from sb_contrastive.training.parameter_groups import parameter_groups
from sb_contrastive.training.ranks import (
    leaves_out_layers,
    share_of_rank,
    wrap_for_ranks,
)
from sb_contrastive.training.resuming import recover
from sb_contrastive.training.signals import StopRequest
from sb_contrastive.training.steps.ema_updates import EMAUpdates
from sb_contrastive.training.steps.fused_optimizer import make_optimizer
from sb_contrastive.training.steps.guarded_step import GuardedStep
from sb_contrastive.training.steps.nonfinite import BrokenBatch, SkippedBatches
from sb_contrastive.training.steps.step_seed import seed_step
from sb_contrastive.training.steps.views import stacked_views

logger = get_logger(__name__)


class TrainingBrain(sb.Brain):
    """Train in the way that all Brains here share.

    Weight decay acts on matrices only, every parameter group is clipped (the
    Brain of SpeechBrain clips the first), and the learning rate is a function
    of the optimiser step. A batch whose loss or gradient is not finite moves
    nothing but that step; after `nonfinite_patience` of them in an epoch the
    run stops.

    Arguments
    ---------
    modules : dict of str to torch.nn.Module
        As for `speechbrain.Brain`; `encoder` is what is pretrained.
    opt_class : callable
        Parameter groups -> optimiser.
    learning_rate : float or callable
        A number, or progress in [0, 1] -> learning rate, see
        `sb_contrastive.schedules`.
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
    uses_labels = False  # beside those that batches have, see `Objective`
    needs_whole_batch = None  # why gradients of parts of a batch do not add up
    checkpoints_kept = 1  # the newest ones of epochs, beside the best
    ema = EMAUpdates([], steps=0)  # the teachers of a subclass that has some
    watchers = ()  # Brain -> more figures of an epoch
    choosing = ()  # measures without labels by which the best epoch is kept

    def __init__(
        self,
        modules,
        opt_class,
        learning_rate: NotNegative,
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
        if self.grad_accumulation_factor > 1 and self.needs_whole_batch:
            raise ValueError(
                f"--grad_accumulation_factor is {self.grad_accumulation_factor}, "
                f"but {self.needs_whole_batch}, so that several small batches are "
                f"not one large one: leave it at 1, and for a larger batch use "
                f"more processes or --precision bf16"
            )
        self.learning_rate = as_schedule(learning_rate)
        self.total_steps = total_steps
        self.train_loggers = train_loggers
        self.crops = crops
        self.view_epoch = 0  # by which crops are drawn and augmented
        self.augmentation = augmentation
        self.validation_epochs = validation_epochs
        self.sampler = sampler
        self.log = EpochLog()
        self.clock = StepClock()
        self.skipped = SkippedBatches()
        self.stop = StopRequest()
        if checkpointer is not None:
            # Before any wrapping for several processes, so that a checkpoint
            # holds the same names whatever their number
            checkpointer.add_recoverables(
                {**self.modules, "log": self.log, "skipped": self.skipped}
            )

    @property
    def progress(self):
        """Share of the optimiser steps done, 0 to 1."""
        return min(self.optimizer_step / max(self.total_steps, 1), 1.0)

    @property
    def progress_before_step(self):
        """Share done before the last optimiser step, which has been counted."""
        return max(self.optimizer_step - 1, 0) / max(self.total_steps, 1)

    def rate_factors(self):
        """Return a dict from the id of a parameter to its share of the learning
        rate, for parts that learn more slowly than the rest: those of a
        pretrained network, as its `Tuning` says."""
        factors = {}
        for module in self.modules.modules():
            if isinstance(module, PretrainedFrames):
                factors |= module.rate_factors()
        return factors

    def init_optimizers(self):
        """Make the optimiser, see `parameter_groups`, and save it with checkpoints."""
        self.optimizer = make_optimizer(
            self.opt_class,
            parameter_groups(self.modules.parameters(), self.rate_factors()),
        )
        self.optimizers_dict = {"opt_class": self.optimizer}
        self.guarded = GuardedStep(
            self.optimizer, self.modules, self.moved_by_forward()
        )
        if self.checkpointer is not None:
            self.checkpointer.add_recoverable("optimizer", self.optimizer)

    def check_rows(self, rows):
        """Refuse utterances to train on that do not do, before any is read.

        Arguments
        ---------
        rows : list of dict
            Manifest rows.
        """

    def prepare(self, rows):
        """Make ready for the utterances that are trained on, before `fit`: whatever
        has to know all of them, such as synthesised babble.

        Arguments
        ---------
        rows : list of dict
            Manifest rows.
        """
        if self.augmentation is not None:
            self.augmentation.prepare(rows, self.device)

    def on_fit_start(self):
        """Prepare modules and optimiser, then resume from the newest whole checkpoint."""
        self._compile()
        self._wrap_distributed()
        self.init_optimizers()
        self.ema.tell()
        if self.checkpointer is not None:
            folder = self.checkpointer.checkpoints_dir
            run_on_main(set_aside_damaged, args=[folder])
            recover(self.checkpointer)

    def moved_by_forward(self):
        """Return the modules whose buffers a forward pass moves: they are put
        back when its loss turns out not to be finite."""
        return [self.modules]

    def _wrap_distributed(self):
        """Wrap the networks for several processes; batch statistics are those
        of all processes, on a CPU and in teachers too."""
        if not self.distributed_launch:
            super()._wrap_distributed()
            return
        device = None if self.distributed_backend == "gloo" else self.device
        unused = self.find_unused_parameters or leaves_out_layers(self.modules)
        wrap_for_ranks(self.modules, device, unused)

    def make_dataloader(self, dataset, stage, *args, **kwargs):
        """Make a loader; items of any dataset are dicts, and make a
        `PaddedBatch` as those of SpeechBrain's datasets do."""
        if not isinstance(dataset, DataLoader):
            kwargs.setdefault("collate_fn", PaddedBatch)
        return super().make_dataloader(dataset, stage, *args, **kwargs)

    def _train_loader_specifics(self, dataset, loader_kwargs):
        """Give each of several processes its part of the batches that one
        process would see."""
        if not self.distributed_launch:
            return super()._train_loader_specifics(dataset, loader_kwargs)
        options, self.train_sampler = share_of_rank(dataset, loader_kwargs)
        return options

    def fit(self, epoch_counter, *args, **kwargs):
        """Train, see `speechbrain.Brain.fit`. SIGTERM and Ctrl-C save a
        checkpoint after the step or validation under way, then leave.

        Where a program has a `sb_contrastive.progress.display`, it shows how far
        this is, and SpeechBrain's bars are left out."""
        self.epoch_counter = epoch_counter
        with self.stop, as_work():
            super().fit(epoch_counter, *args, **without_bars(kwargs))

    def evaluate(self, *args, **kwargs):
        """Test, see `speechbrain.Brain.evaluate`."""
        return super().evaluate(*args, **without_bars(kwargs))

    def _fit_train(self, train_set, epoch, enable):
        show_epoch(self, epoch, len(train_set))
        with self.stop.of_readers():
            super()._fit_train(train_set, epoch, enable)

    def _should_save_intra_epoch_ckpt(self, last_ckpt_time, steps_since_ckpt):
        if self.step % self.grad_accumulation_factor:
            return False  # gradients under way are not in a checkpoint
        if self.stop.asked(self.device):
            if self.checkpointer is not None:
                self._save_intra_epoch_ckpt()
            self.stop.leave("Stopped with a checkpoint of this step")
        return super()._should_save_intra_epoch_ckpt(
            last_ckpt_time, steps_since_ckpt
        )

    def on_stage_start(self, stage, epoch=None):
        """Set the epoch by which crops are drawn: 0 in validation, so that all
        validations see the same crops."""
        self.set_epoch(epoch if stage == sb.Stage.TRAIN else 0)
        if stage == sb.Stage.TRAIN:
            self.epoch = epoch

    def set_epoch(self, epoch):
        """Give the number of the epoch to whatever draws at random."""
        self.view_epoch = epoch
        if self.crops is not None:
            self.crops.epoch = epoch
        if self.sampler is not None:
            self.sampler.set_epoch(epoch)

    def on_fit_batch_start(self, batch, should_step):
        """Set the learning rate of this step, and note how long the data took."""
        seed_step(self.optimizer_step, self.step)
        rate = self.learning_rate(self.progress)
        for group in self.optimizer.param_groups:
            group["lr"] = rate * group.get("rate_factor", 1.0)
        self.clock.begin_step()

    def stacked(self, crops, batch, stage, first=0):
        """Stack crops [B, V, S] of a batch to rows [V * B, S], view after view;
        in training they are augmented. See `stacked_views` for `first`."""
        augmentation = self.augmentation if stage == sb.Stage.TRAIN else None
        return stacked_views(
            crops, batch.id, augmentation, self.view_epoch, first
        )

    def _fit_valid(self, valid_set, epoch, enable):
        # With few labels an epoch is a handful of steps, and validating after
        # each would take longer than training
        due = self.validation_epochs is None or epoch in self.validation_epochs
        if due or self.debug or self._optimizer_step_limit_exceeded:
            super()._fit_valid(valid_set, epoch, enable)

    def fit_batch(self, batch):
        """Run one optimiser step; a batch with a non-finite loss or gradient is
        skipped, and the schedules go on.

        Arguments
        ---------
        batch : PaddedBatch
            Of the training part.

        Returns
        -------
        torch.Tensor
            Its loss, the mean over all processes, on the CPU.
        """
        self.guarded.begin()
        try:
            loss = super().fit_batch(batch)
        except BrokenBatch as broken:
            self._skip(batch, broken.what)
            return torch.tensor(float("nan"))
        self.skipped.in_a_row = 0
        if world_size() > 1:
            loss = mean_over_ranks(loss.to(self.device)).cpu()
        show_step(self, loss)
        return loss

    def _skip(self, batch, what):
        """Undo a batch, and stop the run when too many were undone."""
        self.guarded.undo()
        if self.step % self.grad_accumulation_factor == 0:
            self.optimizer_step += 1  # schedules end where they would have
        self.skipped.add(self.epoch, self.optimizer_step, what, batch.id)
        folder = self.checkpointer and self.checkpointer.checkpoints_dir.parent
        logger.warning(self.skipped.verdict(self.nonfinite_patience, folder))
        self.clock.end_step(len(batch))

    def check_loss_isfinite(self, loss):
        """Leave a step on all processes when the loss of one is not finite."""
        self.guarded.check(loss)

    def optimizers_step(self):
        """Clip all gradients by their common norm, step, and count the step."""
        self.guarded.take(self.scaler, self.max_grad_norm)
        self.optimizer_step += 1

    def on_fit_batch_end(self, batch, outputs, loss, should_step):
        """Count utterances and seconds."""
        self.clock.end_step(len(batch))

    def on_stage_end(self, stage, stage_loss, epoch=None):
        """Log an epoch once it has been validated, and save a checkpoint."""
        if stage == sb.Stage.TRAIN:
            self.train = {"train_loss": stage_loss, **self.train_figures()}
            current().epoch_ended(stage_loss)
        elif stage == sb.Stage.VALID:
            valid = self.valid_figures(stage_loss) | self.watched_figures()
            self.finish_epoch(epoch, self.train, valid)

    def train_figures(self):
        """Return figures of the training part for the log, by name, beside its
        loss."""
        return {}

    def valid_figures(self, loss):
        """Return figures of the validation part, of this loss, by name."""
        return {"valid_loss": loss}

    def watch(self, *watchers, choose=()):
        """Have more figures of each epoch in the log.

        Arguments
        ---------
        *watchers : callable
            Brain -> figures by name, called after each validation, such as
            `HeldOutCrops`.
        choose : sequence of str
            Names of measures without labels: the checkpoints that may turn out to
            be the best by these are kept, for `load_label_free`.
        """
        self.watchers, self.choosing = watchers, tuple(choose)

    def watched_figures(self):
        """Return the figures of all watchers, by name."""
        figures = {}
        for watcher in self.watchers:
            figures |= watcher(self)
        return figures

    def embed_held_out(self, crops):
        """Embed crops [N, S] by the encoder that is kept after training: [N, D]."""
        return self.pretrained_encoder()(crops)

    def load_label_free(self):
        """Load the checkpoint of the best average rank over label-free measures.

        Returns
        -------
        int or None
            Its epoch; None where no epoch has been measured, and the last one
            stays.
        """
        return load_best_epoch(self.checkpointer, self.log, self.choosing)

    def collapse_warnings(self, figures):
        """Return sentences about figures that look like a collapse."""
        return collapse_warnings(figures)

    def finish_epoch(self, epoch, train, valid):
        """Log an epoch and save a checkpoint; the newest stays, and the one
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
        if self.progress >= FROM:
            for warning in self.collapse_warnings(valid):
                logger.warning(f"epoch {epoch}: {warning}")
        self.clock.pause()
        self.log.add(epoch=epoch, learning_rate=rate, **train, **valid)
        # On the main process, where SpeechBrain's loggers wait for no other
        run_on_main(
            log_stats, args=[self.train_loggers, epoch, rate, train, valid]
        )
        if self.checkpointer is not None:
            save_epoch(
                self.checkpointer,
                {"epoch": epoch, **valid},
                self.best,
                self.checkpoints_kept,
                self.log.rows,
                self.choosing,
            )
        if self.stop.asked(self.device):
            self.stop.leave("Stopped with a checkpoint of this epoch")

    def speed(self):
        """Measure what training has cost: see `StepClock.figures`; the number
        of parameters that it moves, and the process's peak memory so far.

        Returns
        -------
        dict of str to float
        """
        moved = [p for p in self.modules.parameters() if p.requires_grad]
        return {
            **self.clock.figures(),
            "trainable_parameters": sum(p.numel() for p in moved),
            "peak_memory_gib": peak_memory_gib(self.device),
        }

    def unwrapped(self):
        """Return all modules as a `ModuleDict` whose weights have the same
        names in one process and in several."""
        modules = {name: unwrap(m) for name, m in self.modules.items()}
        return torch.nn.ModuleDict(modules)

    def load_best(self):
        """Load the checkpoint that `best` names, or the newest where it names
        none; do nothing where there is no checkpoint."""
        if self.checkpointer is not None:
            recover(self.checkpointer, **self.best)

    def start_from(self, state):
        """Continue from an encoder pretrained before; all else starts anew.

        Arguments
        ---------
        state : dict of str to torch.Tensor
            Its `state_dict`.
        """
        self.modules.encoder.load_state_dict(state)

    def start_beside(self, folder):
        """Take over what lies beside the encoder that a start has left."""

    def write_beside(self, folder):
        """Keep what a later stage may take over beside the encoder."""

    def pretrained_encoder(self):
        """Return the network to keep: the encoder, without its heads.

        Returns
        -------
        UtteranceEncoder
        """
        return unwrap(self.modules.encoder)
