"""Pretraining with one objective or several: one pass of the encoder for each length of crop, shared by all."""

import speechbrain as sb
import torch

from sb_contrastive.brains.base import TrainingBrain
from sb_contrastive.brains.logs.collapse_warnings import collapse_warnings
from sb_contrastive.brains.logs.embedding_log import EmbeddingLog
from sb_contrastive.brains.pretraining.crop_sets import CropSets
from sb_contrastive.brains.pretraining.forward import Forward, SharedPasses
from sb_contrastive.brains.pretraining.kept_encoder import KeptEncoder
from sb_contrastive.brains.pretraining.objective_losses import ObjectiveLosses
from sb_contrastive.brains.pretraining.positive_targets import PositiveTargets
from sb_contrastive.data.sampling.even_batches import even_batches
from sb_contrastive.objectives.assembly import assemble
from sb_contrastive.objectives.objective import Moment
from sb_contrastive.objectives.weighting import objective_weights
from sb_contrastive.ranges import Count
from sb_contrastive.training.steps.ema_updates import EMAUpdates


class PretrainingBrain(TrainingBrain):
    """Train `modules["encoder"]` without labels.

    The encoder embeds every crop once, however many objectives look at it, and
    crops of one length go through it together. Teachers of equal momentum are
    one network. The losses are added up with weights that are numbers,
    schedules or shares of a gradient norm; where there are several objectives,
    the log has the loss and the gradient norm of each.

    Arguments
    ---------
    modules : dict of str to torch.nn.Module
        `encoder`. The heads of the objectives are added.
    objectives : dict of str to Objective
        By a name of one's choice, see `sb_contrastive.objectives`.
    weights : dict of str to (float, callable or GradientNorm), optional
        By the same names; 1 for what is not named. A callable is a schedule,
        progress -> weight. An objective of weight 0 is left out.
    keep : str
        "student" or "teacher": whose encoder is kept after training. Of several
        teachers it is that of the first objective that has one.
    views_apart : bool
        Whether each crop of an utterance goes through the encoder in a batch of
        its own, with batch statistics of its own, in place of one pass for all
        crops of one length. The authors of SimCLR and MoCo on speech encode the
        two crops apart.
    averaged_checkpoints : int
        Checkpoints whose kept encoder is averaged after training, the last ones
        of epochs; 1 keeps that of the last epoch. As many stay on the disk.
    positives : Positives, optional
        Where positives are from, see `sb_contrastive.objectives.positives`: from
        the utterance itself when absent. They are targets of the first teacher,
        or of the student where there is none, for all objectives that have a
        positive by this network.
    speakers : dict of str to str, optional
        Utterance -> speaker of the validation part, for a probe in the log.
        No label has any part in training or in choosing a model.
    classes : list of str, optional
        Names of the targets, where batches have such: `SupSiam` and `SupBYOL`
        use them, other objectives of pairs do not.
    **kwargs
        As for `TrainingBrain`.

    Raises
    ------
    ValueError
        If weights name no objective, `crops` draws another number of sets than
        the objectives look at, or a teacher is to be kept and there is none.
    """

    def __init__(
        self,
        modules,
        *args,
        objectives,
        weights=None,
        keep="student",
        views_apart: bool = False,
        averaged_checkpoints: Count = 1,
        positives=None,
        speakers=None,
        classes=None,
        **kwargs,
    ):
        weights = objective_weights(objectives, weights)
        objectives = {name: objectives[name] for name in weights}
        networks = assemble(modules, objectives)
        self.kept = KeptEncoder(keep, networks.teachers, objectives)
        self.objectives = torch.nn.ModuleDict(objectives)
        self.needs_whole_batch = next(
            filter(None, (o.needs_whole_batch for o in objectives.values())),
            None,
        )
        super().__init__(networks.modules, *args, **kwargs)
        self.crop_sets = CropSets(
            objectives, networks.teachers, positives and positives.view
        )
        self.views = self.crop_sets.names
        self.positives = positives
        self.positive_targets = PositiveTargets(
            positives, objectives, self.crop_sets
        )
        self.crop_sets.check(self.crops)
        self.objectives.to(self.device)
        self.passes = SharedPasses(
            objectives, networks, self.modules, self.crop_sets, views_apart
        )
        self.ema = EMAUpdates(networks.followed, self.total_steps)
        self.checkpoints_kept = averaged_checkpoints
        self.losses = ObjectiveLosses(self.objectives, weights, self.device)
        self.embedding_log = EmbeddingLog(speakers)
        if positives is not None:
            positives.to(self.device)
        if self.checkpointer is not None:
            self.checkpointer.add_recoverables(self._recoverables())

    def _recoverables(self):
        """Return what checkpoints keep beside the modules, by name."""
        states = {
            f"{name}_state": objective
            for name, objective in self.objectives.items()
            if objective.state_dict()
        }
        if self.positives is not None:
            states["positives"] = self.positives
        return states | self.losses.recoverables()

    @property
    def uses_labels(self):
        """Tells whether labels have chosen positives or negatives: an oracle."""
        parts = [*self.objectives.values(), self.positives]
        return any(part.uses_labels for part in parts if part is not None)

    def check_rows(self, rows):
        """Refuse utterances to train on that do not suit an objective."""
        super().check_rows(rows)
        for objective in self.objectives.values():
            objective.check(rows)
        self.positive_targets.check(rows)

    def prepare(self, rows):
        """Make ready for the utterances that are trained on."""
        super().prepare(rows)
        for objective in self.objectives.values():
            objective.prepare(rows)
        self.positive_targets.prepare(rows, self.crops)

    def moved_by_forward(self):
        """Return the modules, and the state of the objectives."""
        states = [o.moved_by_forward() for o in self.objectives.values()]
        own = [self.losses.weighting, self.losses.means]
        return [self.modules, *own, *sum(states, [])]

    def make_dataloader(self, dataset, stage, *args, **kwargs):
        """Make a loader; a validation part is cut into even batches, since an
        utterance alone in the last one would have a loss of 0, or none."""
        size = kwargs.get("batch_size")
        if stage == sb.Stage.VALID and size is not None:
            del kwargs["batch_size"]
            kwargs["batch_sampler"] = even_batches(len(dataset), size)
        return super().make_dataloader(dataset, stage, *args, **kwargs)

    def on_stage_start(self, stage, epoch=None):
        """Forget the last validation part."""
        super().on_stage_start(stage, epoch)
        self.objectives.train(stage == sb.Stage.TRAIN)
        self.losses.forget()
        self.embedding_log.clear()
        for objective in self.objectives.values():
            objective.forget()
            if stage == sb.Stage.TRAIN:
                objective.begin_epoch(epoch)
        if stage == sb.Stage.TRAIN and self.positives is not None:
            self.positive_targets.begin_epoch(epoch, self.epoch_counter.limit)

    def compute_forward(self, batch, stage):
        """Embed all crops, once for each network, and run the heads.

        Arguments
        ---------
        batch : PaddedBatch
            With crops [B, V, S] by the names in `views`.
        stage : speechbrain.Stage
            Crops are augmented in training only.

        Returns
        -------
        Forward
        """
        batch = batch.to(self.device)
        crops = self.crops_of(batch, stage)
        embeddings, teachers = self.passes.embed(crops, len(batch))
        targets, drawn, reference = self.positive_targets, None, None
        if stage == sb.Stage.TRAIN:
            drawn = targets.draw(self.moment(batch), embeddings, teachers)
            reference = targets.reference(batch, self.modules)
        outputs = self.passes.outputs(
            embeddings, teachers, drawn, targets.pulled
        )
        return Forward(embeddings, teachers, outputs, drawn, reference)

    def crops_of(self, batch, stage):
        """Stack the crops of a batch to rows; in training they are augmented.

        Arguments
        ---------
        batch : PaddedBatch
            With crops [B, V, S] by the names in `views`.
        stage : speechbrain.Stage
            Crops are augmented in training only.

        Returns
        -------
        dict of str to torch.Tensor
            [V * B, S], view after view; also without augmentation, where a
            teacher asks for it.
        """
        return self.crop_sets.rows(
            batch,
            lambda crops, first: self.stacked(crops, batch, stage, first),
        )

    def moment(self, batch):
        """Return progress and batch as objectives need them."""
        return Moment(
            self.progress,
            self.optimizer_step,
            self.view_epoch,
            list(batch.id),
            getattr(batch, "target", None),
        )

    def compute_objectives(self, predictions, batch, stage):
        """Add up the weighted losses; in validation keep what the monitors need."""
        moment, outputs = self.moment(batch), predictions.outputs
        if stage == sb.Stage.TRAIN:
            shared = list(predictions.embeddings.values())
            return self.losses.train(outputs, moment, shared)
        self.embedding_log.add(
            batch.id,
            self.kept.embeddings(predictions, self.crop_sets.student),
        )
        return self.losses.validate(outputs, moment)

    def optimizers_step(self):
        """Let the objectives change gradients, then take the step."""
        for name, objective in self.objectives.items():
            heads = self.passes.heads(name)
            objective.before_optimizer(heads, self.progress)
        super().optimizers_step()

    def on_fit_batch_end(self, batch, outputs, loss, should_step):
        """Let the objectives move their queues, then move the teachers."""
        moment = self.moment(batch)
        for name, objective in self.objectives.items():
            objective.after_batch(outputs.outputs[name], moment)
        self.positive_targets.note(moment, outputs)
        if should_step:
            self.ema.step(self.modules, self.progress_before_step)
        super().on_fit_batch_end(batch, outputs, loss, should_step)

    def train_figures(self):
        """Return the loss and the gradient norm of each of several objectives, and
        figures of the positives."""
        found = self.positive_targets.figures()
        return found | self.losses.train_figures(self.progress)

    def valid_figures(self, loss):
        """Return the losses, the figures of the monitors, and those of the
        embeddings that are kept."""
        figures = self.losses.valid_figures(loss, self.progress)
        return figures | self.embedding_log.figures()

    def collapse_warnings(self, figures):
        """Return sentences, also about the entropy of the targets."""
        known = [o.prototypes for o in self.objectives.values()]
        return collapse_warnings(figures, next(filter(None, known), None))

    def start_from(self, state):
        """Continue from an encoder pretrained before, as student and as
        teacher; the heads start anew.

        Arguments
        ---------
        state : dict of str to torch.Tensor
            Its `state_dict`.
        """
        super().start_from(state)
        for teacher in self.passes.teachers:
            self.modules[teacher].network.load_state_dict(state)

    def fit(self, *args, **kwargs):
        """Train, see `TrainingBrain.fit`; then average the encoder that is kept
        over the last checkpoints, where so asked."""
        super().fit(*args, **kwargs)
        if self.checkpoints_kept > 1 and self.checkpointer is not None:
            self.kept.average(
                self.checkpointer, self.modules, self.checkpoints_kept
            )

    def pretrained_encoder(self):
        """Return the network to keep, of the student or of the teacher as `keep`
        says.

        Returns
        -------
        UtteranceEncoder
        """
        return self.kept.network(self.modules)
