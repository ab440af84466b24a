"""Pretraining with one objective or several: one pass of the encoder for each length of crop, shared by all."""

from typing import NamedTuple, Optional

import speechbrain as sb
import torch
from speechbrain.utils.logger import get_logger

from sb_contrastive.brains.base import TrainingBrain
from sb_contrastive.brains.logs.collapse_warnings import collapse_warnings
from sb_contrastive.brains.logs.embedding_log import EmbeddingLog
from sb_contrastive.data.sampling.even_batches import even_batches
from sb_contrastive.distributed import unwrap
from sb_contrastive.objectives.assembly import assemble
from sb_contrastive.objectives.objective import Embeddings, Moment, clean
from sb_contrastive.objectives.positives.positives import REFERENCE
from sb_contrastive.objectives.positives.ssps import Drawn
from sb_contrastive.objectives.weighting import Weighting, objective_weights
from sb_contrastive.ranges import Count
from sb_contrastive.suggestions import did_you_mean
from sb_contrastive.training.averaging import average_last
from sb_contrastive.training.steps.ema_updates import EMAUpdates
from sb_contrastive.training.steps.epoch_means import EpochMeans
from sb_contrastive.training.steps.evaluation_mode import evaluation_mode
from sb_contrastive.training.steps.views import embed_views, stacked_views

logger = get_logger(__name__)

KEPT = ("student", "teacher")


class Forward(NamedTuple):
    """Holds a batch after the networks: `embeddings` [V, B, D] of the student by the
    name of their crops, those of the `teachers` by teacher and crops, the
    `outputs` of each objective's heads; what positives were `drawn`, and the
    embeddings [B, D] of clean crops as a `reference`."""

    embeddings: dict
    teachers: dict
    outputs: dict
    drawn: Optional[Drawn] = None
    reference: Optional[torch.Tensor] = None


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
        if keep not in KEPT:
            raise ValueError(
                f"keep is one of {', '.join(KEPT)}, got {keep!r}"
                f"{did_you_mean(keep, KEPT)}"
            )
        if keep == "teacher" and not networks.teachers:
            raise ValueError(
                f"there is no teacher to keep: none of {', '.join(objectives)} "
                f"follows the encoder, so set keep to student"
            )
        self.objectives = torch.nn.ModuleDict(objectives)
        self.needs_whole_batch = next(
            filter(None, (o.needs_whole_batch for o in objectives.values())),
            None,
        )
        super().__init__(networks.modules, *args, **kwargs)
        self.views = _names(o.views for o in objectives.values())
        self.positives = self._checked_positives(positives, networks)
        self.student_views = _names(
            o.views if o.student_views is None else o.student_views
            for o in objectives.values()
        )
        self._check_crops()
        self.objectives.to(self.device)
        self.networks = networks
        self.ema = EMAUpdates(networks.followed, self.total_steps)
        self.keep = keep
        self.views_apart = views_apart
        self.checkpoints_kept = averaged_checkpoints
        self.kept = next(iter(networks.teachers.values()), None)
        self.weighting = Weighting(weights).to(self.device)
        self.several = len(objectives) > 1
        names = list(objectives) if self.several else []
        self.means = EpochMeans(
            [*names, *(p for o in objectives.values() for p in o.parts)]
        ).to(self.device)
        self.embedding_log = EmbeddingLog(speakers)
        if self.positives is not None:
            self.positives.to(self.device)
            if self.checkpointer is not None:
                self.checkpointer.add_recoverable("positives", self.positives)
        if self.checkpointer is not None:
            self.checkpointer.add_recoverables(
                {
                    f"{name}_state": objective
                    for name, objective in objectives.items()
                    if objective.state_dict()
                }
            )
            if self.means.names:
                self.checkpointer.add_recoverables(
                    {"means": self.means, "weighting": self.weighting}
                )

    def _checked_positives(self, positives, networks):
        """Find the network whose targets are stored, and the crops it needs."""
        self.source, self.pulled = None, []
        if positives is None:
            return None
        having = [n for n, o in self.objectives.items() if o.has_positive]
        if having:
            self.source = next(
                (t for n, t in networks.teachers.items() if n in having), None
            )
            self.pulled = [
                n for n in having if networks.teachers.get(n) == self.source
            ]
        elif positives.draws:
            raise ValueError(
                f"positives are given, but {', '.join(self.objectives)} has no "
                f"positive: leave them out, or take an objective of pairs"
            )
        if positives.view is not None:
            self.views.append(positives.view)
        return positives

    def _check_crops(self):
        counts = getattr(self.crops, "counts", None)
        if counts is not None and getattr(self.crops, "reference", None):
            counts = [*counts, 1]
        wanted = self.positives and self.positives.view
        if counts is not None and wanted and len(counts) == len(self.views) - 1:
            raise ValueError(
                "positives are grouped by clean crops of their own: give crops "
                "reference_seconds, such as 4.0"
            )
        if counts is not None and len(counts) != len(self.views):
            raise ValueError(
                f"crops draws {len(counts)} sets, counts {counts}, and the "
                f"objectives look at {len(self.views)}, "
                f"{', '.join(self.views)}: give one count and one length each"
            )
        for name, objective in self.objectives.items():
            found = dict(zip(self.views, counts or ())).get(objective.views[0])
            if found is not None and found < objective.least_crops:
                raise ValueError(
                    f"{name} compares {objective.least_crops} crops of each "
                    f"utterance, and crops draws {found}: set its counts to "
                    f"[{objective.least_crops}], and disjoint, which is for a "
                    f"pair, to False"
                )

    @property
    def uses_labels(self):
        """Whether labels have chosen positives or negatives: an oracle."""
        parts = [*self.objectives.values(), self.positives]
        return any(part.uses_labels for part in parts if part is not None)

    def check_rows(self, rows):
        """Refuse utterances to train on that do not suit an objective."""
        super().check_rows(rows)
        for objective in self.objectives.values():
            objective.check(rows)
        if self.positives is not None:
            self.positives.check(rows)

    def prepare(self, rows):
        """Make ready for the utterances that are trained on."""
        super().prepare(rows)
        for objective in self.objectives.values():
            objective.prepare(rows)
        if self.positives is not None:
            self.positives.prepare(rows, self._targets(), self.crops)

    def _targets(self):
        """Count the targets of an utterance, see `Positives.prepare`."""
        if self.source is None:
            return 1
        name = self._teacher_views(self.source)[0].removeprefix(clean(""))
        return self.crops.counts[self.views.index(name)]

    def moved_by_forward(self):
        """Return the modules, and the state of the objectives."""
        states = [o.moved_by_forward() for o in self.objectives.values()]
        return [self.modules, self.weighting, self.means, *sum(states, [])]

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
        self.valid_losses = {}
        self.embedding_log.clear()
        for objective in self.objectives.values():
            objective.forget()
            if stage == sb.Stage.TRAIN:
                objective.begin_epoch(epoch)
        if self.positives is not None and stage == sb.Stage.TRAIN:
            self._begin_positives(epoch)

    def _begin_positives(self, epoch):
        epochs = self.epoch_counter.limit
        first = self.positives.first_epoch(epochs)
        if epoch == 1 and first > epochs:
            logger.warning(
                f"positives of other utterances begin in epoch {first}, and "
                f"there are {epochs}: they have no part in this run"
            )
        self.positives.begin_epoch(epoch, epochs)

    def heads(self, name):
        """Return the heads of an objective and their averages, as they are wrapped.

        Arguments
        ---------
        name : str
            The objective.

        Returns
        -------
        dict of str to torch.nn.Module
        """
        heads = self.networks.heads[name]
        return {key: self.modules[module] for key, module in heads.items()}

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
        embeddings = self._embedded(
            self.modules.encoder,
            {name: crops[name] for name in self.student_views},
            len(batch),
        )
        teachers = {
            teacher: self._embedded(
                self.modules[teacher],
                {name: crops[name] for name in self._teacher_views(teacher)},
                len(batch),
            )
            for teacher in dict.fromkeys(self.networks.teachers.values())
        }
        drawn, reference, outputs = None, None, {}
        if stage == sb.Stage.TRAIN and self.positives is not None:
            if self.positives.active and self.positives.draws:
                own = self._own_targets(embeddings, teachers)
                drawn = self.positives.draw(self.moment(batch), own)
            if self.positives.filling and self.positives.view is not None:
                reference = self._reference(batch)
        for name, objective in self.objectives.items():
            teacher = teachers.get(self.networks.teachers.get(name))
            seen = Embeddings(embeddings, teacher)
            if drawn is not None and name in self.pulled:
                seen = seen.with_positives(drawn, objective.views[0])
            outputs[name] = objective.outputs(seen, self.heads(name))
        return Forward(embeddings, teachers, outputs, drawn, reference)

    def _reference(self, batch):
        """Embed clean crops in evaluation mode by the network whose targets are
        stored [B, D]."""
        network = unwrap(self.modules[self.source or "encoder"])
        with evaluation_mode(network):
            return network(getattr(batch, REFERENCE).data[:, 0])

    def _own_targets(self, embeddings, teachers):
        """Return what the utterances of a batch are pulled to by themselves [V, B,
        D], without gradient."""
        if self.source is not None:
            view = self._teacher_views(self.source)[0]
            return teachers[self.source][view].detach()
        name = self.pulled[0]
        return embeddings[self.objectives[name].views[0]][1:2].detach()

    def _embedded(self, network, crops, batch_size):
        return embed_views(network, crops, batch_size, self.views_apart)

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
        crops, first = {}, 0
        asked = _names(o.teacher_views for o in self.objectives.values())
        for name in self.views:
            data = getattr(batch, name).data
            if name in (*self.student_views, *asked):
                crops[name] = self.stacked(data, batch, stage, first)
            first += data.shape[1]  # crops are numbered over all sets
            if clean(name) in asked:
                crops[clean(name)] = stacked_views(data, batch.id)
        return crops

    def _teacher_views(self, teacher):
        """Return the names of the crops that objectives need of this teacher."""
        return _names(
            objective.teacher_views
            for name, objective in self.objectives.items()
            if self.networks.teachers.get(name) == teacher
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
        moment, losses, parts = self.moment(batch), {}, {}
        for name, objective in self.objectives.items():
            outputs = predictions.outputs[name]
            if stage != sb.Stage.TRAIN:
                objective.watch(outputs, moment)
                if not objective.validated:
                    continue
            losses[name] = objective.loss(outputs, moment)
            if objective.parts:
                losses[name], own = losses[name]
                parts |= own
        if stage == sb.Stage.TRAIN:
            if self.several:
                shared = list(predictions.embeddings.values())
                self.weighting.look(losses, shared, self.optimizer_step)
            self.means.add({**losses, **parts})
        else:
            self.embedding_log.add(batch.id, self._kept(predictions))
            for name, loss in losses.items():
                self.valid_losses.setdefault(name, []).append(loss)
        if not losses:
            return torch.zeros((), device=self.device)
        return self.weighting(losses, self.progress)

    def _kept(self, predictions):
        """Return the first set of embeddings by the encoder that is kept."""
        if self.keep == "teacher":
            return next(iter(predictions.teachers[self.kept].values()))
        return predictions.embeddings[self.student_views[0]]

    def optimizers_step(self):
        """Let the objectives change gradients, then take the step."""
        for name, objective in self.objectives.items():
            objective.before_optimizer(self.heads(name), self.progress)
        super().optimizers_step()

    def on_fit_batch_end(self, batch, outputs, loss, should_step):
        """Let the objectives move their queues, then move the teachers."""
        moment = self.moment(batch)
        for name, objective in self.objectives.items():
            objective.after_batch(outputs.outputs[name], moment)
        if self.positives is not None and self.positives.filling:
            targets = None
            if self.positives.draws:
                targets = self._own_targets(
                    outputs.embeddings, outputs.teachers
                )
            self.positives.note(
                moment, targets, outputs.reference, outputs.drawn
            )
        if should_step:
            self.ema.step(self.modules, self.progress_before_step)
        super().on_fit_batch_end(batch, outputs, loss, should_step)

    def train_figures(self):
        """Return the loss and the gradient norm of each of several objectives, and
        figures of the positives."""
        figures = {}
        if self.positives is not None:
            found = self.positives.figures()
            figures = {f"train_{k}": v for k, v in found.items()}
        if not self.means.names:
            return figures
        figures |= {f"train_{k}": v for k, v in self.means.read().items()}
        if self.several:
            figures |= self.weighting.figures(self.progress)
        return figures

    def valid_figures(self, loss):
        """Return the losses and the figures of the monitors. A figure that an earlier
        objective has, too, carries the name of the objective in front."""
        figures, losses = {}, {}
        for name, values in self.valid_losses.items():
            losses[name] = torch.stack(values).mean().item()
        if losses:
            figures["valid_loss"] = loss
            if self.several:
                figures |= {f"valid_{k}": v for k, v in losses.items()}
        for name, objective in self.objectives.items():
            own = objective.figures(losses.get(name), self.progress)
            for key, value in own.items():
                figures[f"{name}_{key}" if key in figures else key] = value
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
        for teacher in set(self.networks.teachers.values()):
            self.modules[teacher].network.load_state_dict(state)

    def fit(self, *args, **kwargs):
        """Train, see `TrainingBrain.fit`; then average the encoder that is kept
        over the last checkpoints, where so asked."""
        super().fit(*args, **kwargs)
        if self.checkpoints_kept > 1 and self.checkpointer is not None:
            name = self.kept if self.keep == "teacher" else "encoder"
            average_last(
                self.checkpointer,
                name,
                unwrap(self.modules[name]),
                self.checkpoints_kept,
            )

    def pretrained_encoder(self):
        """Return the network to keep, of the student or of the teacher as `keep`
        says.

        Returns
        -------
        UtteranceEncoder
        """
        if self.keep == "teacher":
            return self.modules[self.kept].network
        return super().pretrained_encoder()


def _names(groups):
    """Return all names in the order of their first appearance."""
    return list(dict.fromkeys(name for names in groups for name in names))
