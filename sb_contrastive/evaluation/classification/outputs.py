"""Outputs of a classification run: tables, results.json and confusion matrices."""

from pathlib import Path

from speechbrain.utils.logger import get_logger

from sb_contrastive.evaluation import plots
from sb_contrastive.evaluation.classification.detection.detection_report import (
    detection_report,
    detection_table,
)
from sb_contrastive.evaluation.classification.detection.subject_decisions import (
    subject_decisions,
)
from sb_contrastive.evaluation.classification.paired_lines import (
    paired_differences,
    paired_lines,
)
from sb_contrastive.evaluation.classification.summary import summarise
from sb_contrastive.evaluation.classification.tables import (
    fold_table,
    results_table,
)
from sb_contrastive.evaluation.corpus_note import corpus_title, protocol_note
from sb_contrastive.evaluation.results_file import run_results, write_results
from sb_contrastive.suggestions import did_you_mean

logger = get_logger(__name__)


def write_classification(
    folder,
    systems,
    classes,
    experiment,
    seed,
    protocol,
    speed,
    task="speech emotion recognition",
    about="emotion",
    positive=None,
    held_out=None,
    more=None,
):
    """Prints the tables of a cross-validation and writes `results.json` and, in
    `plots/`, a confusion matrix for each system.

    Arguments
    ---------
    folder : str or Path
        Output folder.
    systems : dict of str to dict
        {title: {fold: prediction rows}}.
    classes : list of str
        Class names.
    experiment : str
        Name of the experiment.
    seed : int
        Seed of the experiment and of the intervals.
    protocol : dict
        Facts about how the numbers came about; at least `corpus` and
        `synthetic`.
    speed : dict
        From `joint_speed`; empty when nothing was trained.
    task : str
        Name of the task in results.json.
    about : str
        Subject that synthetic speech shows nothing about.
    positive : str, optional
        The class to detect in subjects. The rows are then of chunks, those of
        a subject make one decision, and the decisions are scored.
    held_out : dict of str to list, optional
        {title: prediction rows} of an official test part; with `positive` only.
    more : dict, optional
        More entries of results.json.

    Returns
    -------
    dict
        The content of results.json; `metrics` is {title: see `summarise`}, with
        `positive` also `detection` and `held_out`, see `detection_report`.

    Raises
    ------
    ValueError
        When `positive` is no class, or rows are wrong, see `summarise`.
    """
    if positive is not None:
        check_positive(positive, classes)
        systems = {
            title: {
                fold: subject_decisions(rows, classes)
                for fold, rows in folds.items()
            }
            for title, folds in systems.items()
        }
    summary = summarise(systems, classes, seed=seed)
    tables = [results_table(summary), fold_table(summary)]
    if positive is not None:
        options = {"classes": classes, "positive": positive, "seed": seed}
        tables = _add_detection(summary, systems, held_out or {}, options)
    differences = paired_differences(systems, summary)
    if differences:
        tables.append(paired_lines(differences))
    note = protocol_note(protocol, about)
    print("\n" + "\n\n".join([note, *tables]) + "\n")
    results = run_results(
        task, experiment, seed, protocol, summary, speed, more or {}
    )
    if differences:
        results["paired"] = differences
    write_results(Path(folder) / "results.json", results)
    pictures = Path(folder) / "plots"
    pictures.mkdir(parents=True, exist_ok=True)
    for title, entry in summary.items():
        plots.confusion_matrix(
            entry["pooled"]["confusion"],
            entry["pooled"]["classes"],
            pictures / f"confusion_{plot_name(title)}.png",
            f"{title} on {corpus_title(protocol['corpus'])}: "
            f"{folds_title(entry['folds'])}",
            note,
        )
    return results


def folds_title(folds):
    """Say which folds are pooled.

    Example
    -------
    >>> folds_title(["3"]), folds_title(["1", "2"])
    ('fold 3', '2 folds')
    """
    folds = list(folds)
    return f"fold {folds[0]}" if len(folds) == 1 else f"{len(folds)} folds"


def plot_name(title):
    """Makes the title of a system fit for a file's name.

    Arguments
    ---------
    title : str
        E.g. the title of a system at a label fraction.

    Returns
    -------
    str

    Example
    -------
    >>> plot_name("two_step, 10% of labels")
    'two_step_10_of_labels'
    """
    return title.replace(", ", "_").replace(" ", "_").replace("%", "")


def check_positive(positive, classes):
    """Refuse a class to detect that is not among the classes.

    Arguments
    ---------
    positive : str
        The class.
    classes : list of str
        All of them.

    Example
    -------
    >>> check_positive("ill", ["control", "dementia"])
    Traceback (most recent call last):
    ...
    ValueError: `positive` is 'ill', but the classes are control, dementia
    """
    if positive not in classes:
        raise ValueError(
            f"`positive` is {positive!r}, but the classes are"
            f" {', '.join(classes)}{did_you_mean(positive, classes)}"
        )


def _add_detection(summary, systems, held_out, options):
    """Add `detection` and `held_out` to the summary; return their tables."""
    for title, folds in systems.items():
        pooled = [row for rows in folds.values() for row in rows]
        summary[title]["detection"] = detection_report(pooled, **options)
    for title, rows in held_out.items():
        rows = subject_decisions(rows, options["classes"])
        known = [row for row in rows if row["label"]]
        if len(known) < len(rows):
            logger.warning(
                "%s: %d of %d held-out subjects have no label; they are"
                " predicted, and no score counts them",
                title,
                len(rows) - len(known),
                len(rows),
            )
        if known:
            report = detection_report(known, **options)
            summary[title]["held_out"] = report
    tables = []
    for name, heading in (
        ("detection", "Cross-validation"),
        ("held_out", "Official test part, mean of the models of all folds"),
    ):
        found = {t: e[name] for t, e in summary.items() if name in e}
        if found:
            tables.append(f"{heading}\n{detection_table(found)}")
    return tables
