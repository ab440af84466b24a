"""Stage `report`: the table, results.json, plots and exported model of a classification experiment."""

import csv
import json
import shlex
import sys

from speechbrain.utils.distributed import if_main_process
from speechbrain.utils.logger import get_logger

from sb_contrastive.evaluation.corpus_note import corpus_note
from sb_contrastive.evaluation.package_versions import versions
from sb_contrastive.evaluation.results_file import write_results
from sb_contrastive.evaluation.summary import summarise
from sb_contrastive.evaluation.tables import fold_table, results_table
from sb_contrastive.stages.corpus import (
    SYNTHETIC,
    experiment_classes,
    labelled_rows,
    protocol_corpus,
    unlabelled_rows,
)
from sb_contrastive.stages.folders import fractions, system_folder
from sb_contrastive.stages.report_plots import draw_report
from sb_contrastive.stages.subject_reporting import (
    add_detection,
    decide_subjects,
    recordings_protocol,
)

logger = get_logger(__name__)


def report(
    experiment,
    name,
    task="speech emotion recognition",
    about="emotion",
    positive=None,
):
    """Reads the predictions of every system that has run, prints their table
    and writes `results.json`, plots and an exported model.

    Arguments
    ---------
    experiment : Experiment
        Its systems have written their predictions.
    name : str
        Name of the stage.
    task : str
        What results.json calls it.
    about : str
        What synthetic speech tells nothing about.
    positive : str, optional
        Of a corpus of recordings, the class to detect: the chunks of a
        subject then make one decision, which is what is scored.
    """
    if not if_main_process():
        return
    runs = _finished_runs(experiment)
    if not runs:
        raise FileNotFoundError(
            f"{experiment.folder} holds no predictions to report: put a system "
            f"such as two_step before {name!r} in `stages`"
        )
    rows = labelled_rows(experiment)
    classes = experiment_classes(experiment.hparams, rows)
    if positive is not None:
        decide_subjects(runs, classes, positive)
    systems = {title: run["folds"] for title, run in runs.items()}
    summary = summarise(systems, classes, seed=experiment.hparams["seed"])
    corpus = protocol_corpus(experiment.hparams)
    note = corpus_note(corpus, corpus == SYNTHETIC, about)
    tables = [results_table(summary), fold_table(summary)]
    if positive is not None:
        tables = add_detection(experiment, runs, summary, classes, positive)
    print("\n" + "\n\n".join([note, *tables]) + "\n")
    results = {
        "experiment": experiment.hparams["experiment"],
        "task": task,
        "seed": experiment.hparams["seed"],
        "command": shlex.join(["python", *sys.argv]),
        "protocol": _protocol(experiment, rows, classes),
        "metrics": summary,
        **_speed(experiment, runs),
        "versions": versions(),
    }
    write_results(experiment.folder / "results.json", results)
    draw_report(experiment, runs, summary, rows, note)
    logger.info(f"Results and plots are in {experiment.folder}")


def _finished_runs(experiment):
    """{title: {system, fraction, folds: {fold: prediction rows}, logs}}"""
    found = {}
    systems = list(experiment.hparams["stages"])
    # Systems of earlier calls, with other stages, belong in the table too
    for folder in sorted(experiment.folder.glob("labels_*/*")):
        if folder.name not in systems:
            systems.append(folder.name)
    for fraction in fractions(experiment.hparams):
        for system in systems:
            folder = system_folder(experiment, system, fraction)
            folds, logs = {}, {}
            for path in sorted(folder.glob("fold_*/predictions.csv")):
                fold = path.parent.name[len("fold_") :]
                with open(path, newline="", encoding="utf-8") as file:
                    folds[fold] = list(csv.DictReader(file))
                logs[fold] = {
                    log.parent.name: json.loads(log.read_text())
                    for log in sorted(path.parent.glob("*/log.json"))
                }
            if folds:
                share = "" if fraction == 1 else f", {fraction:.0%} of labels"
                found[f"{system}{share}"] = {
                    "system": system,
                    "fraction": fraction,
                    "folds": folds,
                    "logs": logs,
                }
    return found


def _protocol(experiment, rows, classes):
    hparams = experiment.hparams
    unlabelled = unlabelled_rows(experiment)
    return {
        "corpus": protocol_corpus(hparams),
        "utterances": len(rows),
        "classes": classes,
        "split": f"leave one fold out, {hparams['fold'] or 'all'} folds",
        "selection": f"best validation UA, validation: {hparams['validation']}",
        "pretraining": _pretraining(hparams, rows, unlabelled),
        "synthetic": protocol_corpus(hparams) == SYNTHETIC,
        **recordings_protocol(experiment),
    }


def _pretraining(hparams, rows, unlabelled):
    if unlabelled is None:
        return "training part of each fold"
    heard = {r["wav"] for r in unlabelled} & {r["wav"] for r in rows}
    text = (
        f"{len(unlabelled)} unlabelled utterances of "
        f"{hparams['unlabelled'] or SYNTHETIC}"
    )
    if heard:
        text += (
            f", TRANSDUCTIVE: {len(heard)} of them are in the labelled corpus"
        )
        logger.warning(
            f"{len(heard)} labelled files are among the unlabelled ones: the "
            f"encoder has heard test speakers, and the results say so"
        )
    return text


def _speed(experiment, runs):
    logs = [
        step
        for run in runs.values()
        for log in run["logs"].values()
        for step in log.values()
    ]
    for path in sorted(experiment.folder.glob("pretrain/**/log.json")):
        logs.append(json.loads(path.read_text()))
    seconds = sum(log["train_seconds"] for log in logs)
    utterances = sum(
        log["train_seconds"] * log["utterances_per_second"] for log in logs
    )
    waited = sum(log["train_seconds"] * log["data_wait_share"] for log in logs)
    return {
        "train_seconds": seconds,
        "utterances_per_second": utterances / max(seconds, 1e-9),
        "data_wait_share": waited / max(seconds, 1e-9),
    }
