"""Stage `pretrain`: training of the encoder, mostly self-supervised, once or per fold."""

import gc

from speechbrain.utils.logger import get_logger

from sb_contrastive.data.folds.folds import split_fold
<<<<<<< HEAD
from sb_contrastive.encoders.weights import CHECKPOINT
from sb_contrastive.experiment.blueprint import Blueprint
from sb_contrastive.rows.labelled import labelled_rows
from sb_contrastive.rows.unlabelled import unlabelled_rows
from sb_contrastive.stages.pretraining_run import PretrainingRun
from sb_contrastive.systems.folders import chosen_folds, pretrained_weights
=======
from sb_contrastive.data.folds.validation_split import validation_split
from sb_contrastive.data.manifests.manifest import known_speakers
from sb_contrastive.data.manifests.source import source_of
from sb_contrastive.data.sampling.balanced_batches import balanced_batches
from sb_contrastive.data.views.datasets import crop_dataset
from sb_contrastive.distributed import world_size
from sb_contrastive.encoders.weights import CHECKPOINT, save_weights
from sb_contrastive.files import write_atomically
from sb_contrastive.stages.corpus import labelled_rows, unlabelled_rows
from sb_contrastive.stages.folders import chosen_folds, pretrained_weights
from sb_contrastive.suggestions import did_you_mean
from sb_contrastive.training.checkpoints import AtomicCheckpointer
from sb_contrastive.training.length import epochs_for
from sb_contrastive.weights_file import weights_from
>>>>>>> main

logger = get_logger(__name__)


def training_parts(
    experiment,
    labelled=labelled_rows,
    *,
    fold: str | None = None,
    validation: str = "next_fold",
):
    """Return the training part of each fold.

    Arguments
    ---------
    experiment : Experiment
        The experiment.
    labelled : callable
        Experiment -> labelled rows.
    fold : str, optional
        One test fold by name; all when absent.
    validation : str
        How the validation part of a fold is chosen, see `split_fold`.

    Returns
    -------
    dict of str to list of dict
        Test fold -> manifest rows.
    """
    rows = experiment.once(labelled)
    return {
        test: split_fold(rows, test, validation)[0]
        for test in chosen_folds(rows, fold)
    }


def pretrain(
    experiment,
    name,
    /,
    epochs: int,
    least_steps: int = 0,
    start: str | None = None,
    in_domain: bool = False,
    targets: str | None = None,
    rows=unlabelled_rows,
    folds=training_parts,
    frames=None,
    *,
    pretraining_brain: Blueprint,
    pretrain_batch_size: int,
    pretrain_validation_share: float = 0.05,
    balance: str | None = None,
    num_workers: int = 0,
    tensorboard: bool = False,
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
        An earlier pretraining stage whose encoder to continue from.
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
    """
    unlabelled = None if in_domain else experiment.once(rows)
    if unlabelled is not None:
        parts = {None: unlabelled}
    else:
        parts = experiment.call(folds)
    for test, part in parts.items():
        folder = experiment.folder / name
        if test is not None:
            folder = folder / f"fold_{test}"
        if (folder / CHECKPOINT).is_file():
            logger.info(f"{folder} is pretrained already")
            continue
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
        )
        cache = frames and experiment.call(frames, part, test)
        run.train(part, epochs, least_steps, weights, targets, cache)
        # A Brain and its checkpointer hold each other, with all their audio
        gc.collect()
<<<<<<< HEAD
=======


def _pretrain_on(
    experiment, rows, folder, length, weights, targets, name, cache
):
    """Trains the Brain of that name; what is left is encoder.ckpt and log.json."""
    hparams = experiment.load()
    train, valid = validation_split(rows, hparams["pretrain_validation_share"])
    batch_size = hparams["pretrain_batch_size"]
    if batch_size < 1:
        raise ValueError(f"pretrain_batch_size is at least 1, got {batch_size}")
    if len(train) < batch_size:
        raise ValueError(
            f"{len(train)} utterances cannot fill a batch of {batch_size}: set "
            f"--pretrain_batch_size lower or give more unlabelled audio"
        )
    sampler = _sampler(train, hparams)
    batches = len(sampler) if sampler else len(train) // batch_size
    counter = EpochCounter(epochs_for(*length, batches))
    supervision, labelling = {}, {}
    if targets is not None:
        classes = _classes(train, targets)
        supervision = {"classes": list(classes)}
        labelling = {"labels": classes, "column": targets}
    brain = hparams[name](
        total_steps=experiment.optimizer_steps(counter.limit, batches),
        hparams=experiment.brain_options(),
        run_opts=experiment.run_opts,
        checkpointer=AtomicCheckpointer(folder / "save", {"counter": counter}),
        train_loggers=train_loggers(hparams, folder),
        speakers=known_speakers(valid),
        sampler=sampler,
        **supervision,
    )
    if weights is not None:
        with weights_from(weights) as state:
            brain.start_from(state)
    if brain.augmentation is not None:
        brain.augmentation.prepare(train, brain.device)
    workers = {"num_workers": hparams["num_workers"]}
    batched = {**workers, "batch_size": batch_size}
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
    run_on_main(_write, args=[folder, brain.pretrained_encoder(), log])


def _write(folder, encoder, log):
    write_atomically(
        folder / "log.json", lambda path: path.write_text(json.dumps(log))
    )
    # Last: it tells that the stage is finished
    save_weights(encoder, folder / CHECKPOINT)


def _sampler(rows, hparams):
    """What draws balanced batches; None where every utterance counts alike."""
    if hparams.get("balance") is None:
        return None
    return balanced_batches(
        rows,
        hparams["balance"],
        hparams["pretrain_batch_size"],
        hparams["seed"],
        processes=world_size(),
    )


def _dataset(rows, brain, cache, **labelling):
    if cache is not None:
        return feature_dataset(rows, cache, brain.crops, **labelling)
    return crop_dataset(rows, brain.crops, brain.groups, **labelling)


def _classes(rows, column):
    """Class -> index, of the training part alone: held-out speakers have none."""
    for row in rows:
        if not row.get(column):
            known = [name for name, value in row.items() if value]
            raise ValueError(
                f"{source_of(row)} has no {column}, which the "
                f"stage's `targets` asks for{did_you_mean(column, known)}"
            )
    names = sorted({row[column] for row in rows})
    if len(names) < 2:
        raise ValueError(
            f"all of the training part has the {column} {names[0]!r}: a "
            f"supervised Brain needs two to tell apart"
        )
    return {name: index for index, name in enumerate(names)}
>>>>>>> main
