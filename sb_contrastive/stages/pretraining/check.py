"""Looks at a pretraining before it begins: its audio, its Brain, and what it starts from."""

from speechbrain.utils.logger import get_logger

from sb_contrastive.brains.logs.train_loggers import check_tensorboard
from sb_contrastive.data.folds.validation_split import validation_split
from sb_contrastive.data.sampling.balanced_batches import balanced_batches
from sb_contrastive.encoders.weights import CHECKPOINT, load_weights
from sb_contrastive.experiment.blueprint import Blueprint
from sb_contrastive.experiment.schema import stages_before
from sb_contrastive.progress import current
from sb_contrastive.ranges import Count, Fraction, Whole
from sb_contrastive.rows.unlabelled import unlabelled_rows
from sb_contrastive.stages.pretraining.demands import number_classes
from sb_contrastive.stages.pretraining.judging import judge_for
from sb_contrastive.stages.pretraining.parts import (
    heard_parts,
    run_folder,
    training_parts,
)
from sb_contrastive.stages.pretraining.run import PretrainingRun
from sb_contrastive.stages.pretraining.selection import LAST, check_select
from sb_contrastive.systems.classifier_step import USUAL
from sb_contrastive.systems.folders import pretrained_weights

logger = get_logger(__name__)


def check_pretrain(
    experiment,
    name,
    /,
    epochs: Whole = 0,
    least_steps: Whole = 0,
    start: str | None = None,
    for_start: str | None = None,
    in_domain: bool = False,
    targets: str | None = None,
    rows=unlabelled_rows,
    folds=training_parts,
    judge_epochs: bool = False,
    steps: Whole = 0,
    *,
    pretraining_brain: Blueprint,
    pretrain_batch_size: Count,
    pretrain_validation_share: Fraction = 0.05,
    balance: str | None = None,
    tensorboard: bool = False,
    select: str = LAST,
):
    """Prepare the audio, and refuse batches that it cannot fill, a Brain that
    cannot be made, and a start of another network.

    Arguments
    ---------
    experiment, name, epochs, least_steps, start, for_start, in_domain, targets, rows, folds, judge_epochs, steps
        See `pretrain`.
    pretraining_brain, pretrain_batch_size, pretrain_validation_share, balance, tensorboard, select
        See `pretrain`.
    """
    if for_start not in (None, name):
        return
    if tensorboard:
        check_tensorboard()
    if judge_epochs:
        judge_for(experiment, rows)
    stages, starts, made = experiment.hparams["stages"], set(), False
    before = stages_before(stages, name)
    for test, part in heard_parts(experiment, in_domain, rows, folds).items():
        if start is not None and start not in before:
            starts.add(pretrained_weights(experiment, start, test))
        due = not (run_folder(experiment, name, test) / CHECKPOINT).is_file()
        if due:
            experiment.settings.check_processes(name)
        train, valid = validation_split(part, pretrain_validation_share)
        run = PretrainingRun(
            experiment,
            run_folder(experiment, name, test),
            pretraining_brain,
            pretrain_batch_size,
            pretrain_validation_share,
            balance,
            steps=steps,
        )
        check_select(select, valid, debug=experiment.debug)
        size = run.fitting_batch_size(train)
        if size < pretrain_batch_size:
            logger.info(
                f"{name}: the {len(train)} utterances of a debug run fill "
                f"batches of {size}, not of {pretrain_batch_size}"
            )
        labels = None if targets is None else number_classes(train, targets)
        batches = len(train) // size
        if balance is not None:
            batches = len(balanced_batches(train, balance, size))
        passes = run.passes(epochs, least_steps, max(batches, 1))
        if due and not made:
            brain = run.brain_for(max(passes, 1), batches, valid, labels)
            brain.check_rows(train)
            check_select(select, valid, brain, experiment.debug)
            made = True
        if due and current().running:
            audio = size * _samples(pretraining_brain)
            experiment.expect(name, name, passes, batches, audio, steps)
    for weights in starts:
        given = getattr(pretraining_brain.build(), "keywords", {})
        # An adapter's Brain has the encoder beside its modules
        encoder = {**given.get("modules", {}), **given}.get("encoder")
        if encoder is not None:
            load_weights(encoder, weights)


def _samples(brain):
    """Count the samples that a Brain hears of an utterance."""
    node = brain.options().get("crops")
    crops = node and Blueprint(brain.experiment, node, "crops").build()
    return getattr(crops, "samples", USUAL)
