"""Stage `pretrain`: self-supervised training of the encoder, once or per fold."""

import json

import torch
from speechbrain.utils.checkpoints import Checkpointer
from speechbrain.utils.epoch_loop import EpochCounter
from speechbrain.utils.logger import get_logger

from sb_contrastive.data.datasets import crop_dataset
from sb_contrastive.data.folds import split_fold
from sb_contrastive.data.held_out import hold_out
from sb_contrastive.files import write_atomically
from sb_contrastive.stages.corpus import labelled_rows, unlabelled_rows
from sb_contrastive.stages.folders import chosen_folds
from sb_contrastive.stages.train_logs import train_loggers

logger = get_logger(__name__)

VIEWS = ["long", "short"]


def pretrain(experiment, name):
    """Pretrains the encoder on the unlabelled corpus, or, where the experiment
    has none, for each fold on its own training part, so that no test speaker is
    ever heard.

    Arguments
    ---------
    experiment : Experiment
        Its YAML gives `pretraining_brain`, `crops`, `augmentation`,
        `pretrain_epochs`, `pretrain_batch_size`, `pretrain_validation_share`.
    name : str
        Name of the stage, and of its folder.
    """
    folder = experiment.folder / name
    unlabelled = unlabelled_rows(experiment)
    if unlabelled is not None:
        _pretrain_on(experiment, unlabelled, folder)
        return
    labelled, hparams = labelled_rows(experiment), experiment.hparams
    for fold in chosen_folds(hparams, labelled):
        train, _, _ = split_fold(labelled, fold, hparams["validation"])
        _pretrain_on(experiment, train, folder / f"fold_{fold}")


def _pretrain_on(experiment, rows, folder):
    """Trains unless it has been done; what is left is encoder.ckpt and log.json."""
    if (folder / "encoder.ckpt").is_file():
        logger.info(f"{folder} is pretrained already")
        return
    hparams = experiment.load()
    train, valid = hold_out(rows, hparams["pretrain_validation_share"])
    batch_size = hparams["pretrain_batch_size"]
    if len(train) < batch_size:
        raise ValueError(
            f"{len(train)} utterances cannot fill a batch of {batch_size}: set "
            f"--pretrain_batch_size lower or give more unlabelled audio"
        )
    crops, augmentation = hparams["crops"], hparams["augmentation"]
    counter = EpochCounter(hparams["pretrain_epochs"])
    brain = hparams["pretraining_brain"](
        total_steps=counter.limit * (len(train) // batch_size),
        hparams=experiment.brain_options(),
        run_opts=experiment.run_opts,
        checkpointer=Checkpointer(folder / "save", {"counter": counter}),
        train_loggers=train_loggers(hparams, folder),
        speakers={r["ID"]: r["spk_id"] for r in valid if r.get("spk_id")},
    )
    augmentation.prepare(train, brain.device)
    loader = {
        "batch_size": batch_size,
        "num_workers": hparams["num_workers"],
    }
    brain.fit(
        counter,
        crop_dataset(train, crops, VIEWS),
        crop_dataset(valid, crops, VIEWS),
        train_loader_kwargs={**loader, "shuffle": True, "drop_last": True},
        valid_loader_kwargs=loader,
    )
    log = {"epochs": brain.log.rows, **brain.speed()}
    write_atomically(
        folder / "log.json", lambda path: path.write_text(json.dumps(log))
    )
    weights = brain.pretrained_encoder().state_dict()
    write_atomically(
        folder / "encoder.ckpt", lambda path: torch.save(weights, path)
    )
