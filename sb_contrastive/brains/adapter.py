"""Adapter training over frozen frames: mask prediction, self-distillation and local attributes."""

import copy

import speechbrain as sb
import torch
from speechbrain.utils.logger import get_logger

from sb_contrastive.adapter.adapter_objective import AdapterFrames
from sb_contrastive.adapter.collapse import check_collapse
from sb_contrastive.adapter.masked_mean import mean_frame
from sb_contrastive.adapter.utterance_norm import utterance_norm
from sb_contrastive.brains.base import TrainingBrain
from sb_contrastive.brains.logs.adapter_log import AdapterLog
from sb_contrastive.distributed import (
    copy_from_first_rank,
    gather_objects,
    rank,
    unwrap,
)
from sb_contrastive.encoders.padding.valid_frames import (
    valid_counts,
    valid_frames,
)
from sb_contrastive.progress import bar, current
from sb_contrastive.ranges import NotNegative, Share
from sb_contrastive.schedules import as_schedule
from sb_contrastive.suggestions import did_you_mean
from sb_contrastive.training.steps.ema_updates import EMAUpdates, Followed

logger = get_logger(__name__)

KEPT = ("teacher", "student")
# The adapter and, at level "dino", its head
FOLLOWED = (("adapter", "teacher"), ("distiller", "teacher_distiller"))


class AdapterBrain(TrainingBrain):
    """Trains a WAP-Transformer without labels (Song et al. 2025,
    https://arxiv.org/abs/2509.23795, stage 1).

    Batches hold `features`, frames [T, D] of a frozen encoder, whole or cropped.
    The student sees them masked, the teacher as they are. After each batch the
    optimiser moves, then the teacher, then the attributes.

    Arguments
    ---------
    modules : dict of str to torch.nn.Module
        `adapter` (the student), `teacher` (its `EMATeacher`), `mask_vector`
        (`MaskVector`), and the heads that `AdapterObjective` asks for. Heads
        see frames [B, T, D]: they have no batch normalisation.
    encoder : AdapterEncoder
        What is kept after training; its adapter is `modules["adapter"]`.
    objective : AdapterObjective
        Its attributes and centre are saved with the checkpoint.
    masking : FrameMasking
        Draws the masks; this Brain tells it the epoch.
    teacher_momentum : float or callable
        Progress -> m.
    check_from : float
        Progress from which a collapse stops the run.
    least_target_std, least_prediction_std : float
        See `check_collapse`.
    keep : str
        Whose adapter is kept, "teacher" or "student".
    speakers : dict of str to str, optional
        Utterance -> speaker of the validation part, for a probe in the log.
        No label has any part in training.
    **kwargs
        As for `TrainingBrain`.
    """

    needs_whole_batch = "the local attributes move with each batch, whose losses are means over its frames"

    def __init__(
        self,
        *args,
        encoder,
        objective,
        masking,
        teacher_momentum: Share,
        check_from: NotNegative = 0.1,
        least_target_std: NotNegative = 0.1,
        least_prediction_std: NotNegative = 0.01,
        keep="teacher",
        speakers=None,
        **kwargs,
    ):
        super().__init__(*args, **kwargs)
        if keep not in KEPT:
            raise ValueError(
                f"keep is one of {', '.join(KEPT)}, got {keep!r}"
                f"{did_you_mean(keep, KEPT)}"
            )
        if objective.masks and encoder.adapter.positions is None:
            raise ValueError(
                "without positions all masked frames of an utterance look alike "
                "to the adapter: give its WAPTransformer a position_kernel, 128 "
                "say, or leave self_distillation the only objective"
            )
        self.encoder = encoder
        self.objective = objective.to(self.device)
        self.masking = masking
        self.check_from = check_from
        self.least_target_std = least_target_std
        self.least_prediction_std = least_prediction_std
        self.keep = keep
        self.seen = AdapterLog(objective, speakers)
        followed = [
            Followed(student, teacher, as_schedule(teacher_momentum))
            for student, teacher in FOLLOWED
            if teacher in self.modules
        ]
        self.ema = EMAUpdates(followed, self.total_steps)
        if self.checkpointer is not None:
            self.checkpointer.add_recoverable("objective", self.objective)

    def moved_by_forward(self):
        """Return the modules and the objective, which may hold a centre."""
        return [self.modules, self.objective]

    def on_stage_start(self, stage, epoch=None):
        """Forget the last validation part."""
        super().on_stage_start(stage, epoch)
        self.objective.train(stage == sb.Stage.TRAIN)
        self.seen.clear()

    def set_epoch(self, epoch):
        """Give the number of the epoch to the masks, too."""
        super().set_epoch(epoch)
        self.masking.epoch = epoch

    def on_fit_batch_start(self, batch, should_step):
        """Keep the teacher in evaluation mode, whatever `train()` has done:
        with dropout its targets would be noise."""
        for _, teacher, _ in self.ema.followed:
            self.modules[teacher].eval()
        super().on_fit_batch_start(batch, should_step)

    def compute_forward(self, batch, stage):
        """Run the student on masked frames, and the teacher on all.

        Arguments
        ---------
        batch : PaddedBatch
            With `features` [B, T, D].
        stage : speechbrain.Stage
            Masks are drawn in validation too, those of epoch 0.

        Returns
        -------
        AdapterFrames
        """
        T = batch.features.data.shape[1]
        # Counted before the batch moves, so that the device need not be asked
        counts = valid_counts(batch.features.lengths, T).tolist()
        mask = self.masking(batch.id, counts, T)
        masked, source = (x.to(self.device) for x in mask)
        features, lens = batch.to(self.device).features
        features, valid = features.float(), valid_frames(lens, T)
        hidden = self.modules.mask_vector(features, source)
        student = self.modules.adapter(hidden, valid)
        teacher = self.modules.teacher(features, valid)
        return AdapterFrames(features, student, teacher, valid, masked)

    def compute_objectives(self, predictions, batch, stage):
        """Add up the weighted losses; in validation keep what the monitors need."""
        losses, outputs = self.objective(predictions, self.modules)
        if stage != sb.Stage.TRAIN:
            self.seen.add(batch.id, predictions, losses, outputs)
        elif self.objective.clusters:
            self.clustered = (
                outputs["normalised"],
                outputs["ids"],
                predictions.masked,
            )
        return self.objective.total(losses)

    def on_fit_batch_end(self, batch, outputs, loss, should_step):
        """Move the teacher after each optimiser step, then the attributes."""
        if should_step:
            self.ema.step(self.modules, self.progress_before_step)
        if self.objective.clusters:
            self.objective.attributes.update(*self.clustered)
        super().on_fit_batch_end(batch, outputs, loss, should_step)

    def valid_figures(self, loss):
        """Return losses, deviations, attributes and layer weights; stop after a
        collapse."""
        figures, attributes = self.seen.figures(), None
        figures = {"valid_loss": loss, **figures}
        if self.objective.clusters:
            attributes = len(self.objective.attributes.centroids)
            perplexity = self.objective.attributes.perplexity()
            figures["codebook_perplexity"] = perplexity
        shares = self._student().averaging_weights()
        for layer, share in enumerate(shares, start=1):
            figures[f"layer_weight_{layer}"] = share
        if self.progress >= self.check_from:
            warning = check_collapse(
                figures,
                attributes,
                self.least_target_std,
                self.least_prediction_std,
            )
            if warning:
                logger.warning(warning)
        return figures

    def _fit_train(self, train_set, epoch, enable):
        clusters = self.objective.clusters
        if clusters and self.objective.attributes.due(epoch):
            self.set_epoch(epoch)
            if hasattr(self.train_sampler, "set_epoch"):
                # Else a resumed run would look at the batches of another epoch
                self.train_sampler.set_epoch(epoch)
            self._fit_attributes(train_set, epoch, enable)
        super()._fit_train(train_set, epoch, enable)

    @torch.no_grad()
    def _fit_attributes(self, train_set, epoch, enable):
        """Cluster the teacher's frames of as many batches as it takes."""
        attributes = self.objective.attributes
        self.modules.teacher.eval()
        wanted, frames = attributes.fit_frames, []
        found, show = 0, enable or current().running
        with bar(
            what="frames to cluster", unit="frame", total=wanted, show=show
        ) as counted:
            for batch in train_set:
                features, lens = batch.to(self.device).features
                valid = valid_frames(lens, features.shape[1])
                teacher = self.modules.teacher(features.float(), valid)
                some = utterance_norm(teacher, valid)[valid].cpu()
                # In the order of the batch that one process would have
                frames += gather_objects(some)
                counted.update(sum(map(len, frames)) - found)
                found = sum(map(len, frames))
                if found >= wanted:
                    break
        if rank() == 0:
            attributes.fit(torch.cat(frames)[:wanted], epoch)
        copy_from_first_rank(attributes.buffers())

    def _student(self):
        return unwrap(self.modules.adapter)

    def embed_held_out(self, crops):
        """Average the frames of the adapter that is kept: [N, T, D] -> [N, D]. Its
        pooling is trained later."""
        valid = torch.ones(crops.shape[:2], device=crops.device).bool()
        return mean_frame(self._kept()(crops.float(), valid), valid)

    def _kept(self):
        if self.keep == "teacher":
            return self.modules.teacher.network
        return self._student()

    def start_from(self, state):
        """Continue from an adapter trained before; heads start anew.

        Arguments
        ---------
        state : dict of str to torch.Tensor
            `state_dict` of an `AdapterEncoder`.
        """
        self.encoder.load_state_dict(state)
        adapter = self.encoder.adapter.state_dict()
        for network in (self._student(), self.modules.teacher.network):
            network.load_state_dict(adapter)

    def pretrained_encoder(self):
        """Return the network to keep: the adapter of the teacher, or of the student if
        so asked, with a pooling that is still to be trained.

        Returns
        -------
        AdapterEncoder
        """
        encoder = copy.deepcopy(self.encoder)
        encoder.adapter.load_state_dict(self._kept().state_dict())
        return encoder
