"""What `report` says of a corpus of recordings: decisions on subjects."""

import csv

from speechbrain.utils.logger import get_logger

from sb_contrastive.evaluation.detection import (
    detection_report,
    detection_table,
)
from sb_contrastive.evaluation.subjects import subject_decisions
from sb_contrastive.stages.folders import system_folder
from sb_contrastive.suggestions import did_you_mean

logger = get_logger(__name__)


def decide_subjects(runs, classes, positive):
    """Puts one decision in the place of all chunks of a subject.

    Arguments
    ---------
    runs : dict of str to dict
        {title: {system, fraction, folds: {fold: prediction rows}, logs}};
        changed in place.
    classes : list of str
        Class names.
    positive : str
        The class to detect.
    """
    if positive not in classes:
        raise ValueError(
            f"the stage's `positive` is {positive!r}, but the classes are"
            f" {', '.join(classes)}{did_you_mean(positive, classes)}"
        )
    for run in runs.values():
        run["folds"] = {
            fold: subject_decisions(rows, classes)
            for fold, rows in run["folds"].items()
        }


def add_detection(experiment, runs, summary, classes, positive):
    """Adds `detection` to the summary of each system, and `held_out` to those
    that have heard the official test part.

    Arguments
    ---------
    experiment : Experiment
        Its YAML gives `seed`.
    runs : dict of str to dict
        As `decide_subjects` leaves them.
    summary : dict
        From `summarise`, by the same titles; changed in place.
    classes : list of str
        Class names.
    positive : str
        The class to detect.

    Returns
    -------
    list of str
        Tables for the terminal.
    """
    options = (classes, positive)
    seed = {"seed": experiment.hparams["seed"]}
    held_out = {}
    for title, run in runs.items():
        pooled = [row for rows in run["folds"].values() for row in rows]
        summary[title]["detection"] = detection_report(pooled, *options, **seed)
        folder = system_folder(experiment, run["system"], run["fraction"])
        path = folder / "held_out" / "predictions.csv"
        if not path.is_file():
            continue
        with open(path, newline="", encoding="utf-8") as file:
            rows = subject_decisions(csv.DictReader(file), classes)
        known = [row for row in rows if row["label"]]
        if len(known) < len(rows):
            logger.warning(
                "%d of %d held-out subjects have no label: %s has what is"
                " predicted of them, and no score counts them",
                len(rows) - len(known),
                len(rows),
                path,
            )
        if known:
            report = detection_report(known, *options, **seed)
            summary[title]["held_out"] = held_out[title] = report
    detection = {title: entry["detection"] for title, entry in summary.items()}
    tables = ["Cross-validation\n" + detection_table(detection)]
    if held_out:
        tables.append(
            "Official test part, mean of the models of all folds\n"
            + detection_table(held_out)
        )
    return tables


def recordings_protocol(experiment):
    """What the protocol adds for a corpus of recordings.

    Arguments
    ---------
    experiment : Experiment
        Its YAML gives `recordings`, `folds`, `chunk_seconds`, `hop_seconds`.

    Returns
    -------
    dict
        Empty for other corpora.
    """
    hparams = experiment.hparams
    if not hparams.get("recordings"):
        return {}
    return {
        "heard": hparams["recordings"],
        "folds": f"{hparams['folds']}, by subject, stratified",
        "decision": f"mean posterior of chunks of {hparams['chunk_seconds']} s"
        f" every {hparams['hop_seconds']} s",
    }
