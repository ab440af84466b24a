"""Stage `report`: the table, results.json and plots of a classification experiment."""

import json

from speechbrain.utils.distributed import main_process_only
from speechbrain.utils.logger import get_logger

from sb_contrastive.data.folds.folds import fold_names
from sb_contrastive.data.oracle_notice import is_oracle
from sb_contrastive.evaluation.classification.outputs import (
    check_positive,
    folds_title,
    write_classification,
)
from sb_contrastive.evaluation.corpus_note import protocol_note
from sb_contrastive.evaluation.speed import joint_speed
from sb_contrastive.experiment.provenance.told import trained_by
from sb_contrastive.experiment.signatures import checked_by
from sb_contrastive.rows.built_in import SYNTHETIC, corpus_name
from sb_contrastive.rows.labelled import class_names, labelled_rows
from sb_contrastive.rows.unlabelled import unlabelled_rows
from sb_contrastive.stages.finished_systems import (
    check_systems,
    finished_systems,
    mean_spaces,
    nothing_to_report,
)
from sb_contrastive.stages.report_plots import draw_report
from sb_contrastive.stages.reported_protocol import (
    pretraining_protocol,
    recordings_protocol,
)
from sb_contrastive.systems.folders import pretraining_logs

logger = get_logger(__name__)


def check_report(
    experiment,
    name,
    /,
    systems: list[str] | None = None,
    positive: str | None = None,
    labelled=labelled_rows,
    *,
    stages: list[str],
    classes: list[str] | None = None,
):
    """Refuse systems and a class to detect that are not there.

    Arguments
    ---------
    experiment, name, systems, positive, labelled, stages
        See `report`.
    classes : list of str, optional
        See `labelled_rows`.
    """
    check_systems(experiment, name, systems, stages)
    if positive is not None:
        rows = experiment.once(labelled)
        check_positive(positive, class_names(rows, classes))


@checked_by(check_report)
@main_process_only  # barriers within it wait for nobody
def report(
    experiment,
    name,
    /,
    systems: list[str] | None = None,
    task: str = "speech emotion recognition",
    about: str = "emotion",
    positive: str | None = None,
    protocol=None,
    labelled=labelled_rows,
    unlabelled_source=unlabelled_rows,
    *,
    stages: list[str],
    manifest: str | None = None,
    data_folder: str | None = None,
    unlabelled: str | list[str] | None = None,
    validation: str = "next_fold",
    recordings: str | None = None,
    folds: int | str = 10,
):
    """Read the predictions of every system that has run, print their table
    and write `results.json` and plots.

    Arguments
    ---------
    experiment : Experiment
        Its systems have written their predictions.
    name : str
        Name of the stage.
    systems : list of str, optional
        The systems to report, by name; all that have run when absent.
    task : str
        The task, for results.json.
    about : str
        The subject of which synthetic speech tells nothing, for the note.
    positive : str, optional
        Of a corpus of recordings, the class to detect: the chunks of a
        subject then make one decision, which is scored.
    protocol : callable, optional
        Experiment -> more entries of the protocol {name: text}, which are
        printed above the table too.
    labelled : callable
        Experiment -> labelled rows.
    unlabelled_source : callable
        Experiment -> unlabelled rows or None.
    stages : list of str
        The stages of this call; their systems come first in the table.
    manifest, data_folder, unlabelled, validation, recordings, folds
        For the protocol, see `labelled_rows` and `System`.
    """
    runs = finished_systems(experiment, systems, stages)
    if not runs:
        raise FileNotFoundError(nothing_to_report(experiment, name))
    rows, classes = experiment.once(labelled), runs[0].system.classes
    more = experiment.call(protocol) if protocol else {}
    for key, text in more.items():
        print(f"\n{key.replace('_', ' ').capitalize()}: {text}")
    corpus = corpus_name(manifest, data_folder)
    oracle = is_oracle(experiment.folder)
    results = write_classification(
        experiment.folder,
        {run.title: run.folds for run in runs},
        classes,
        experiment=experiment.hparams["experiment"],
        seed=experiment.seed,
        protocol={
            "corpus": corpus,
            "utterances": len(rows),
            "classes": classes,
            "split": _split(runs[0].folds, fold_names(rows)),
            "selection": f"best validation UA, validation: {validation}",
            "pretraining": pretraining_protocol(
                experiment, runs, rows, unlabelled, unlabelled_source
            ),
            "synthetic": corpus == SYNTHETIC,
            **({"debug": True} if experiment.debug else {}),
            **({"oracle": True} if oracle else {}),
            **recordings_protocol(recordings, folds, runs[0].system),
            **more,
        },
        speed=_speed(experiment, runs),
        task=task,
        about=about,
        positive=positive,
        held_out={r.title: r.held_out for r in runs if r.held_out},
        more={
            "cost": {run.title: joint_speed(_logs([run])) for run in runs},
            **mean_spaces(runs),
            **trained_by(experiment, [run.system.name for run in runs]),
        },
    )
    note = protocol_note(results["protocol"], about)
    draw_report(experiment, runs, results["metrics"], rows, note)
    logger.info(f"Results and plots are in {experiment.folder}")


def _split(tested, folds):
    """Say how many of the folds were tested."""
    if len(tested) == len(folds):
        return f"leave one fold out, all {len(folds)} folds"
    return f"leave one fold out, {folds_title(tested)} of {len(folds)}"


def _logs(runs):
    """List the logs of all folds and steps."""
    return [
        step
        for run in runs
        for log in run.logs.values()
        for step in log.values()
    ]


def _speed(experiment, runs):
    logs = _logs(runs)
    for path in pretraining_logs(experiment):
        logs.append(json.loads(path.read_text(encoding="utf-8")))
    return joint_speed(logs)
