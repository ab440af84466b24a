"""Stage `verify`: scores trial lists with one or more encoders and reports EER and minDCF."""

import json

from speechbrain.utils.distributed import main_process_only
from speechbrain.utils.logger import get_logger

from sb_contrastive.evaluation import plots
from sb_contrastive.evaluation.corpus_note import corpus_note
from sb_contrastive.evaluation.verification.verify_encoders import (
    COSINE,
    verify_encoders,
)
from sb_contrastive.stages.corpus import SYNTHETIC
from sb_contrastive.stages.folders import pretrained_weights
from sb_contrastive.stages.speakers import (
    speaker_corpus,
    training_rows,
    trial_sets,
)
from sb_contrastive.weights_file import weights_from

logger = get_logger(__name__)


@main_process_only  # barriers within it wait for nobody
def verify(experiment, name, systems, scorings=None):
    """Scores every trial list with every encoder, prints the table and writes
    `results.json`, DET curves and score histograms.

    Arguments
    ---------
    experiment : Experiment
        Its YAML gives the trials, see `training_rows`.
    name : str
        Name of the stage, and of its folder.
    systems : dict of str to (str or None)
        Title -> the pretraining stage that has left the encoder. None is the
        encoder with random weights, the baseline of every training.
    scorings : dict of str to dict, optional
        Ways to score by name, see `verify_encoders`; the cosine of whole files
        by default.
    """
    hparams, corpus = experiment.hparams, speaker_corpus(experiment.hparams)
    run_opts = experiment.run_opts or {}
    device = run_opts.get("device", "cpu")

    def builder(title, stage):
        return lambda: _encoder(experiment, title, stage, device)

    training = training_rows(experiment)
    verify_encoders(
        {title: builder(title, stage) for title, stage in systems.items()},
        trial_sets(experiment),
        scorings or {COSINE: {}},
        experiment=hparams["experiment"],
        seed=hparams["seed"],
        corpus=corpus,
        protocol={
            "training_utterances": len(training),
            "selection": "none: the last epoch's encoder",
            "synthetic": corpus == SYNTHETIC,
        },
        training=training,
        folder=experiment.folder,
        scores_folder=experiment.folder / name,
        speed=_speed(experiment, systems),
        device=device,
        progressbar=not run_opts.get("noprogressbar", False),
    )
    _draw(experiment, systems, corpus_note(corpus, corpus == SYNTHETIC))
    logger.info(f"Results and plots are in {experiment.folder}")


def _encoder(experiment, title, stage, device):
    """Build the encoder of a system, with the weights of its stage."""
    logger.info(f"{title}: embedding the files of the trials")
    encoder = experiment.load()["encoder"]
    if stage is not None:
        weights = pretrained_weights(experiment, stage, fold=None)
        with weights_from(weights) as state:
            encoder.load_state_dict(state)
    return encoder.to(device)


def _speed(experiment, systems):
    """Return the speed of the slowest training among the systems."""
    logs = [
        json.loads((experiment.folder / stage / "log.json").read_text())
        for stage in systems.values()
        if stage is not None
    ]
    if not logs:
        return {}
    log = max(logs, key=lambda log: log["train_seconds"])
    return {k: v for k, v in log.items() if k != "epochs"}


def _draw(experiment, systems, note):
    """Draw the training curves of the pretraining stages."""
    folder = experiment.folder / "plots"
    for stage in filter(None, systems.values()):
        log = json.loads((experiment.folder / stage / "log.json").read_text())
        plots.training_curves(
            log["epochs"], folder / f"{stage}.png", stage, note
        )
