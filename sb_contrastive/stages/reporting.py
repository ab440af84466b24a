"""Stage `report`: the table, results.json, plots and exported model of a classification experiment."""

import json

from speechbrain.utils.distributed import main_process_only
from speechbrain.utils.logger import get_logger

from sb_contrastive.evaluation.classification.outputs import (
    write_classification,
)
from sb_contrastive.evaluation.classification.prediction_file import (
    read_predictions,
)
from sb_contrastive.evaluation.corpus_note import corpus_note
from sb_contrastive.evaluation.speed import joint_speed
from sb_contrastive.stages.corpus import (
    SYNTHETIC,
    experiment_classes,
    labelled_rows,
    protocol_corpus,
    unlabelled_rows,
)
from sb_contrastive.stages.folders import (
    fractions,
    pretraining_logs,
    system_folder,
)
from sb_contrastive.stages.report_plots import draw_report
from sb_contrastive.stages.subject_reporting import (
    held_out_predictions,
    recordings_protocol,
)

logger = get_logger(__name__)


@main_process_only  # barriers within it wait for nobody
def report(
    experiment,
    name,
    task="speech emotion recognition",
    about="emotion",
    positive=None,
    protocol=None,
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
    protocol : callable, optional
        Experiment -> more entries of the protocol {name: text}, which are
        printed above the table too.
    """
    runs = _finished_runs(experiment)
    if not runs:
        raise FileNotFoundError(
            f"{experiment.folder} holds no predictions to report: put a system "
            f"such as two_step before {name!r} in `stages`"
        )
    rows = labelled_rows(experiment)
    classes = experiment_classes(experiment.hparams, rows)
    corpus = protocol_corpus(experiment.hparams)
    more = protocol(experiment) if protocol else {}
    for key, text in more.items():
        print(f"\n{key.replace('_', ' ').capitalize()}: {text}")
    results = write_classification(
        experiment.folder,
        {title: run["folds"] for title, run in runs.items()},
        classes,
        experiment=experiment.hparams["experiment"],
        seed=experiment.hparams["seed"],
        protocol={**_protocol(experiment, rows, classes), **more},
        speed=_speed(experiment, runs),
        task=task,
        about=about,
        positive=positive,
        held_out=held_out_predictions(experiment, runs),
        more=_spaces(runs),
    )
    note = corpus_note(corpus, corpus == SYNTHETIC, about)
    draw_report(experiment, runs, results["metrics"], rows, note)
    logger.info(f"Results and plots are in {experiment.folder}")


def _finished_runs(experiment):
    """{title: {system, fraction, folds: {fold: prediction rows}, logs, spaces}}"""
    found = {}
    systems = list(experiment.hparams["stages"])
    # Systems of earlier calls, with other stages, belong in the table too
    for folder in sorted(experiment.folder.glob("labels_*/*")):
        if folder.name not in systems:
            systems.append(folder.name)
    for fraction in fractions(experiment.hparams):
        for system in systems:
            folder = system_folder(experiment, system, fraction)
            folds, logs, spaces = {}, {}, {}
            for path in sorted(folder.glob("fold_*/predictions.csv")):
                fold = path.parent.name[len("fold_") :]
                folds[fold] = read_predictions(path)
                logs[fold] = {
                    log.parent.name: json.loads(log.read_text())
                    for log in sorted(path.parent.glob("*/log.json"))
                }
                for log in sorted(path.parent.glob("*/space.json")):
                    spaces.setdefault(log.parent.name, []).append(
                        json.loads(log.read_text())
                    )
            if folds:
                share = "" if fraction == 1 else f", {fraction:.0%} of labels"
                found[f"{system}{share}"] = {
                    "system": system,
                    "fraction": fraction,
                    "folds": folds,
                    "logs": logs,
                    "spaces": spaces,
                }
    return found


def _spaces(runs):
    """Measures of the test parts' spaces, mean over folds, of each step that
    has left some."""
    found = {}
    for title, run in runs.items():
        for step, spaces in run["spaces"].items():
            found.setdefault(title, {})[step] = {
                when: {
                    name: sum(s[when][name] for s in spaces) / len(spaces)
                    for name in spaces[0][when]
                }
                for when in spaces[0]
            }
    return {"space": found} if found else {}


def _protocol(experiment, rows, classes):
    hparams = experiment.hparams
    return {
        "corpus": protocol_corpus(hparams),
        "utterances": len(rows),
        "classes": classes,
        "split": f"leave one fold out, {hparams['fold'] or 'all'} folds",
        "selection": f"best validation UA, validation: {hparams['validation']}",
        "pretraining": _pretraining(experiment, rows),
        "synthetic": protocol_corpus(hparams) == SYNTHETIC,
        **recordings_protocol(experiment),
    }


def _pretraining(experiment, rows):
    """What was heard before any label, in the order of the stages."""
    start, heard = experiment.hparams.get("start"), []
    if start:
        heard.append(f"{start}, of another experiment")
    if any(experiment.folder.glob("*/encoder.ckpt")):
        heard.append(_unlabelled(experiment, rows))
    if any(experiment.folder.glob("*/fold_*/encoder.ckpt")):
        heard.append("training part of each fold")
    return ", then ".join(heard) or "none"


def _unlabelled(experiment, rows):
    unlabelled = unlabelled_rows(experiment)
    heard = {r["wav"] for r in unlabelled} & {r["wav"] for r in rows}
    text = (
        f"{len(unlabelled)} unlabelled utterances of "
        f"{experiment.hparams['unlabelled'] or SYNTHETIC}"
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
    for path in pretraining_logs(experiment):
        logs.append(json.loads(path.read_text()))
    return joint_speed(logs)
