"""Stage `verify`: scores trial lists with one or more encoders and reports EER and minDCF."""

import json

import numpy as np
from speechbrain.utils.distributed import main_process_only
from speechbrain.utils.logger import get_logger

from sb_contrastive.evaluation import plots
from sb_contrastive.evaluation.corpus_note import corpus_note
from sb_contrastive.evaluation.verification.outputs import (
    write_verification,
)
from sb_contrastive.evaluation.verification.trial_sets import (
    OPTIONS,
    cohort,
    score_trial_sets,
)
from sb_contrastive.files import write_atomically
from sb_contrastive.rows.built_in import SYNTHETIC
from sb_contrastive.stages.speakers import (
    speaker_corpus,
    training_rows,
    trial_sets,
)
from sb_contrastive.systems.folders import pretrained_weights
from sb_contrastive.weights_file import weights_from

logger = get_logger(__name__)

COHORT = 3000  # training utterances for a mean or AS-norm
COSINE = "cosine"  # what a title need not say


@main_process_only  # barriers within it wait for nobody
def verify(experiment, name, systems, scorings=None):
    """Scores every trial list with every encoder, prints the table and writes
    `results.json`, DET curves and score histograms.

    An encoder embeds each file once, whatever the number of lists and trials,
    and of ways to score them.

    Arguments
    ---------
    experiment : Experiment
        Its YAML gives the trials, see `training_rows`.
    name : str
        Name of the stage, and of its folder.
    systems : dict of str to (str or None)
        Title -> the pretraining stage whose encoder is judged; None is the
        encoder with random weights, the floor of every training.
    scorings : dict of str to dict, optional
        Ways to score, by name, see `score_trial_sets`; the cosine of whole
        files when absent. A system scored by what is not called "cosine" has
        that in its title, e.g. "SimCLR, AS-norm".
    """
    sets = trial_sets(experiment)
    scorings = scorings or {COSINE: {}}
    scores = {}
    for title, stage in systems.items():
        ways = {_titled(title, way): o for way, o in scorings.items()}
        scores.update(_scores(experiment, name, stage, sets, ways))
    corpus = speaker_corpus(experiment.hparams)
    protocol = {
        "corpus": corpus,
        "training_utterances": len(training_rows(experiment)),
        "selection": "none: the last epoch's encoder",
        "scoring": {way: {**OPTIONS, **o} for way, o in scorings.items()},
        "synthetic": corpus == SYNTHETIC,
    }
    write_verification(
        experiment.folder,
        sets,
        scores,
        experiment=experiment.hparams["experiment"],
        seed=experiment.hparams["seed"],
        protocol=protocol,
        speed=_speed(experiment, systems),
    )
    _draw(experiment, systems, corpus_note(corpus, corpus == SYNTHETIC))
    logger.info(f"Results and plots are in {experiment.folder}")


def _titled(system, way):
    return system if way == COSINE else f"{system}, {way}"


def _scores(experiment, name, stage, sets, ways):
    """{title: {trial list: scores [T]}} of one encoder, kept in a file each."""
    folder = experiment.folder / name
    paths = {t: folder / f"{t.replace(' ', '_')}.npz" for t in ways}
    if all(path.is_file() for path in paths.values()):
        return {title: _read(path) for title, path in paths.items()}
    hparams = experiment.load()
    encoder = hparams["encoder"]
    if stage is not None:
        weights = pretrained_weights(experiment, stage, fold=None)
        with weights_from(weights) as state:
            encoder.load_state_dict(state)
    run_opts = experiment.run_opts or {}
    device = run_opts.get("device", "cpu")
    encoder.to(device)
    logger.info(f"{next(iter(ways))}: embedding files of {', '.join(sets)}")
    scores = score_trial_sets(
        encoder,
        sets,
        ways,
        cohort(training_rows(experiment), COHORT, hparams["seed"]),
        device=device,
        progressbar=not run_opts.get("noprogressbar", False),
    )
    for title, found in scores.items():

        def write(part, found=found):
            with open(part, "wb") as file:  # a path would get .npz added
                np.savez(file, **found)

        write_atomically(paths[title], write)
    return scores


def _read(path):
    with np.load(path) as kept:
        return dict(kept)


def _speed(experiment, systems):
    """Of the slowest training among the systems: the one worth knowing."""
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
    folder = experiment.folder / "plots"
    for stage in filter(None, systems.values()):
        log = json.loads((experiment.folder / stage / "log.json").read_text())
        plots.training_curves(
            log["epochs"], folder / f"{stage}.png", stage, note
        )
