"""Stage `verify`: scores trial lists with one or more encoders and reports EER and minDCF."""

import json
import shlex
import sys

import numpy as np
import torch
from speechbrain.utils.distributed import if_main_process
from speechbrain.utils.logger import get_logger

from sb_contrastive.evaluation import plots
from sb_contrastive.evaluation.corpus_note import corpus_note
from sb_contrastive.evaluation.package_versions import versions
from sb_contrastive.evaluation.results_file import write_results
from sb_contrastive.evaluation.scoring import (
    as_norm,
    cosine_scores,
    subtract_mean,
)
from sb_contrastive.evaluation.segments import embed_segments
from sb_contrastive.evaluation.verification_report import verification_report
from sb_contrastive.evaluation.verification_table import verification_table
from sb_contrastive.files import write_atomically
from sb_contrastive.stages.corpus import SYNTHETIC
from sb_contrastive.stages.folders import pretrained_weights
from sb_contrastive.stages.speakers import (
    cohort,
    speaker_corpus,
    training_rows,
    trial_sets,
)

logger = get_logger(__name__)

COHORT = 3000  # training utterances for a mean or AS-norm


def verify(
    experiment, name, systems, segments="full", mean=False, norm_top=None
):
    """Scores every trial list with every encoder, prints the table and writes
    `results.json`, DET curves and score histograms.

    An encoder embeds each file once, whatever the number of lists and trials.

    Arguments
    ---------
    experiment : Experiment
        Its YAML gives the trials, see `training_rows`.
    name : str
        Name of the stage, and of its folder.
    systems : dict of str to (str or None)
        Title -> the pretraining stage whose encoder is judged; None is the
        encoder with random weights, the floor of every training.
    segments : str
        Which parts of a file are embedded: `full`, `6x2s_mean`, ...
    mean : bool
        Whether to subtract the mean embedding of the training audio.
    norm_top : int, optional
        AS-norm with this many of the training utterances nearest to each file.
    """
    if not if_main_process():
        return
    sets = trial_sets(experiment)
    scores = {
        title: _scores(
            experiment, name, title, stage, sets, segments, mean, norm_top
        )
        for title, stage in systems.items()
    }
    seed = experiment.hparams["seed"]
    reports = {
        trials: {
            title: verification_report(
                scores[title][trials], given.trials, given.speakers, seed=seed
            )
            for title in systems
        }
        for trials, given in sets.items()
    }
    corpus = speaker_corpus(experiment.hparams)
    note = corpus_note(corpus, corpus == SYNTHETIC)
    print(f"\n{note}\n\n{verification_table(reports)}\n")
    protocol = {
        "corpus": corpus,
        "training_utterances": len(training_rows(experiment)),
        "selection": "none: the last epoch's encoder",
        "segments": segments,
        "scoring": "cosine"
        + (", mean of the training audio subtracted" if mean else "")
        + (f", AS-norm top {norm_top}" if norm_top else ""),
        "synthetic": corpus == SYNTHETIC,
    }
    results = {
        "experiment": experiment.hparams["experiment"],
        "task": "speaker verification",
        "seed": seed,
        "command": shlex.join(["python", *sys.argv]),
        "protocol": protocol,
        "metrics": reports,
        **_speed(experiment, systems),
        "versions": versions(),
    }
    write_results(experiment.folder / "results.json", results)
    _draw(experiment, systems, sets, scores, note)
    logger.info(f"Results and plots are in {experiment.folder}")


def _scores(experiment, name, title, stage, sets, segments, mean, norm_top):
    """{trial list: scores [T]} of one encoder, kept in scores.npz."""
    path = experiment.folder / name / f"{title.replace(' ', '_')}.npz"
    if path.is_file():
        with np.load(path) as kept:
            return dict(kept)
    hparams = experiment.load()
    encoder = hparams["encoder"]
    if stage is not None:
        weights = pretrained_weights(experiment, stage, fold=None)
        encoder.load_state_dict(torch.load(weights, weights_only=True))
    run_opts = experiment.run_opts or {}
    device = run_opts.get("device", "cpu")
    encoder.to(device)
    rows = {r["ID"]: r for given in sets.values() for r in given.rows}
    place = {utterance: number for number, utterance in enumerate(rows)}
    logger.info(f"{title}: embedding {len(rows)} files")
    bar = not run_opts.get("noprogressbar", False)
    options = {"device": device, "progressbar": bar}
    every = embed_segments(encoder, list(rows.values()), segments, **options)
    others = None
    if mean or norm_top:
        some = cohort(training_rows(experiment), COHORT, hparams["seed"])
        others = embed_segments(encoder, some, segments, **options)
    if mean:
        every, others = (subtract_mean(z, others) for z in (every, others))
    found = {}
    for trials, given in sets.items():
        z = every[[place[row["ID"]] for row in given.rows]]
        found[trials] = cosine_scores(z, given.trials)
        if norm_top:
            found[trials] = as_norm(
                found[trials], z, given.trials, others, norm_top
            )

    def write(part):
        with open(part, "wb") as file:  # a path would get .npz added
            np.savez(file, **found)

    write_atomically(path, write)
    return found


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


def _draw(experiment, systems, sets, scores, note):
    folder = experiment.folder / "plots"
    folder.mkdir(parents=True, exist_ok=True)
    for trials, given in sets.items():
        sides = {
            title: (
                scores[title][trials][given.trials.labels],
                scores[title][trials][~given.trials.labels],
            )
            for title in systems
        }
        plots.det_curve(sides, folder / f"det_{trials}.png", trials, note)
        plots.score_histogram(
            sides, folder / f"scores_{trials}.png", trials, note
        )
    for stage in filter(None, systems.values()):
        log = json.loads((experiment.folder / stage / "log.json").read_text())
        plots.training_curves(
            log["epochs"], folder / f"{stage}.png", stage, note
        )
