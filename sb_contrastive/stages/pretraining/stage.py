"""Stage `pretrain`: training of the encoder, mostly self-supervised, once or per fold."""

from speechbrain.utils.logger import get_logger

from sb_contrastive.encoders.weights import CHECKPOINT
from sb_contrastive.experiment.blueprint import Blueprint
from sb_contrastive.experiment.signatures import checked_by
from sb_contrastive.progress import current, losses
from sb_contrastive.ranges import Count, Fraction, Whole
from sb_contrastive.rows.unlabelled import unlabelled_rows
from sb_contrastive.stages.pretraining.check import check_pretrain
from sb_contrastive.stages.pretraining.judging import judge_for
from sb_contrastive.stages.pretraining.parts import (
    heard_parts,
    run_folder,
    training_parts,
)
from sb_contrastive.stages.pretraining.run import PretrainingRun
from sb_contrastive.stages.pretraining.selection import LAST
from sb_contrastive.systems.folders import ALL_FOLDS, pretrained_weights
from sb_contrastive.training.garbage import free_trained

logger = get_logger(__name__)


def serves_each_fold_alone(experiment, stage):
    """Tell whether a pretraining stage makes an encoder for each test fold.

    Arguments
    ---------
    experiment : Experiment
        The experiment.
    stage : str
        Its name.

    Returns
    -------
    bool
    """
    blueprint = experiment.blueprint(stage)
    if blueprint.target is not pretrain:
        return False
    given = blueprint.options()
    if getattr(given.get("in_domain"), "value", "False").lower() == "true":
        return True
    return "rows" not in given and experiment.once(unlabelled_rows) is None


@checked_by(check_pretrain)
def pretrain(
    experiment,
    name,
    /,
    epochs: Whole,
    least_steps: Whole = 0,
    start: str | None = None,
    for_start: str | None = None,
    in_domain: bool = False,
    targets: str | None = None,
    rows=unlabelled_rows,
    folds=training_parts,
    frames=None,
    judge_epochs: bool = False,
    steps: Whole = 0,
    *,
    pretraining_brain: Blueprint,
    pretrain_batch_size: Count,
    pretrain_validation_share: Fraction = 0.05,
    balance: str | None = None,
    num_workers: Whole = 0,
    tensorboard: bool = False,
    select: str = LAST,
):
    """Pretrain an encoder, without labels unless `targets` names some.

    On the unlabelled corpus there is one run, which serves every fold. Where
    the experiment has none, or `in_domain` asks for it, there is one run per
    fold on the audio of that fold's training part: no test speaker is heard.

    Arguments
    ---------
    experiment : Experiment
        The experiment.
    name : str
        Name of the stage, and of its folder.
    epochs : int
        Passes over the audio.
    least_steps : int
        Batches below which more passes are made: a small corpus needs them.
    start : str, optional
        An earlier pretraining stage whose encoder to continue from, or a place
        outside the experiment, see `weights_elsewhere`.
    for_start : str, optional
        The start of the systems that this stage is for: where it is another than
        this stage, nothing is pretrained.
    in_domain : bool
        Whether to use the training part of each fold although there is an
        unlabelled corpus.
    targets : str, optional
        Column of the manifest that a supervised Brain learns to tell apart,
        e.g. spk_id: its batches then hold `target`, and it is given `classes`.
    rows : callable
        Experiment -> manifest rows of the unlabelled corpus, None where each
        fold has its own: `unlabelled_rows`, or `training_rows` of a speaker
        verification experiment.
    folds : callable
        Experiment -> {test fold: rows of its training part}, for the second case.
    frames : callable, optional
        (experiment, rows, fold) -> `FeatureCache`, for a Brain that trains on
        frames of a frozen encoder, see `frame_cache`.
    judge_epochs : bool
        Whether the EER of the experiment's trial lists, or where it has classes
        the UA of a linear probe, is logged after each epoch. It uses labels and
        is for studies: nothing is chosen by it.
    steps : int
        Optimiser steps in the place of `epochs` and `least_steps`, for runs that
        are to be equally long whatever their batches are: the last epoch ends
        early. 0: whole epochs.
    pretraining_brain : Blueprint
        Makes the Brain, with new networks for each run.
    pretrain_batch_size : int
        Utterances in a batch.
    pretrain_validation_share : float
        Share of the audio that is held out for loss, monitors and probes.
    balance : str, optional
        A column of the manifest, e.g. corpus: each of its values gives alike to
        every batch, whatever its size.
    num_workers : int
        Processes that read audio; a few help a GPU.
    tensorboard : bool
        Whether event files for TensorBoard are written too.
    select : str
        Which epoch is kept: "last"; "label_free", that of the best average rank
        over five measures that need no label; or "crop_agreement", over the two
        of these that follow speakers best (docs/choosing_without_labels.md).
    """
    if for_start not in (None, name):
        logger.info(f"Nothing to pretrain: the encoder is that of {for_start}")
        return
    parts, shown = heard_parts(experiment, in_domain, rows, folds), current()
    for number, (test, part) in enumerate(parts.items(), start=1):
        folder = run_folder(experiment, name, test)
        if (folder / CHECKPOINT).is_file():
            logger.info(f"{folder} is pretrained already")
            continue
        experiment.settings.trains(folder)
        weights = start and pretrained_weights(experiment, start, test)
        run = PretrainingRun(
            experiment,
            folder,
            pretraining_brain,
            pretrain_batch_size,
            pretrain_validation_share,
            balance,
            num_workers,
            tensorboard,
            select,
            judge_for(experiment, rows, test) if judge_epochs else None,
            steps,
        )
        cache = frames and experiment.call(frames, part, test)
        which = None if test is None else f"fold {number} of {len(parts)}"
        which = "all data" if test == ALL_FOLDS else which
        with shown.naming(which), shown.work(name):
            run.train(part, epochs, least_steps, weights, targets, cache)
        shown.result = losses(shown.losses)
        if which and shown.result:
            logger.info(f"{name}, {which} ({test}) has ended: {shown.result}")
        free_trained()
