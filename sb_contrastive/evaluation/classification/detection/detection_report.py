"""Scores of the detection of a condition in subjects, with intervals over subjects."""

import numpy as np

from sb_contrastive.evaluation.classification.confusion import (
    class_f1,
    confusion_cells,
    confusion_scores,
)
from sb_contrastive.evaluation.classification.detection.auc import resampled_auc
from sb_contrastive.evaluation.resampling import resampled_intervals
from sb_contrastive.evaluation.text_table import aligned


def detection_report(decisions, classes, positive, draws=1000, seed=0):
    """Scores decisions on subjects.

    Arguments
    ---------
    decisions : list of dict
        From `subject_decisions`, all with a label.
    classes : list of str
        The two classes.
    positive : str
        The class to detect: AUC ranks subjects by its mean posterior.
    draws : int
        Bootstrap resamples of the subjects, for 95 % intervals. A resample
        that lacks a class has no AUC and is left out of its interval.
    seed : int
        Seed of the bootstrap.

    Returns
    -------
    dict
        The number of `subjects`, and {score: {"value", "interval"}} of
        `accuracy`, `UA`, `F1_<class>`, `AUC`, `vote_accuracy` and `vote_UA`;
        AUC is None where all subjects are of one class.

    Raises
    ------
    ValueError
        When `positive` is not one of two classes, or there is no decision.

    Example
    -------
    >>> rows = [
    ...     {"ID": str(k), "label": c, "prediction": c, "vote": c, "p_ill": p}
    ...     for k, (c, p) in enumerate([("ill", 0.8), ("well", 0.3)] * 5)
    ... ]
    >>> report = detection_report(rows, ["ill", "well"], "ill")
    >>> report["AUC"]["value"], report["accuracy"]["interval"]
    (1.0, [1.0, 1.0])
    """
    if len(classes) != 2 or positive not in classes:
        raise ValueError(
            f"detection is of one of two classes, not of {positive!r} among"
            f" {', '.join(classes)}"
        )
    if not decisions:
        raise ValueError("there is no subject to score")
    # In one order, so that the same seed draws the same subjects
    decisions = sorted(decisions, key=lambda row: row["ID"])
    measure = _measure(decisions, classes, positive)
    S = len(decisions)
    values = measure(np.ones((1, S), dtype=int))
    intervals = resampled_intervals(measure, S, draws, seed)
    report = {"subjects": S}
    for name, (value,) in values.items():
        known = not np.isnan(value)
        report[name] = {
            "value": float(value) if known else None,
            "interval": intervals[name] if known else None,
        }
    return report


def detection_table(reports):
    """Makes a plain-text table with a line for each system, in percent.

    Arguments
    ---------
    reports : dict
        {system: report of `detection_report`}.

    Returns
    -------
    str

    Example
    -------
    >>> row = {"ID": "1", "label": "ill", "prediction": "ill", "vote": "ill", "p_ill": 0.8}
    >>> report = detection_report([row], ["ill", "well"], "ill")
    >>> print(detection_table({"probe": report}).splitlines()[2])
    probe          1  100.0 [100.0, 100.0]  100.0 [100.0, 100.0]  ...
    """
    names = [n for n in next(iter(reports.values())) if n != "subjects"]
    titles = [name.replace("_", " ") for name in names]
    lines = [["system", "subjects", *titles], None]
    for system, report in reports.items():
        cells = [_cell(report[name]) for name in names]
        lines.append([system, str(report["subjects"]), *cells])
    legend = (
        "Percent, tested folds pooled [95 % interval, bootstrap over subjects];"
        " vote: majority of the chunks, else the mean posterior decides.\n"
        "What UA, F1 and AUC are: docs/glossary.md."
    )
    return "\n".join([*aligned(lines), legend])


def _measure(rows, classes, positive):
    """Make a function of how often each subject is drawn [R, S] -> {score: [R]}."""
    labels, C = [row["label"] for row in rows], len(classes)
    cells = {}  # 1 in the cell of the confusion matrix of each subject
    for decision in ("prediction", "vote"):
        cell = confusion_cells(labels, [r[decision] for r in rows], classes)
        cells[decision] = np.eye(C * C, dtype=int)[cell]  # [S, C * C]
    posteriors = [row[f"p_{positive}"] for row in rows]
    is_positive = [label == positive for label in labels]

    def measure(counts):
        mean, vote = (
            (counts @ cells[d]).reshape(-1, C, C)
            for d in ("prediction", "vote")
        )
        scores, by_vote = confusion_scores(mean), confusion_scores(vote)
        f1, defined = class_f1(mean)
        f1 = np.where(defined, f1, np.nan)
        return {
            "accuracy": scores["WA"],
            "UA": scores["UA"],
            **{f"F1_{c}": f1[:, i] for i, c in enumerate(classes)},
            "AUC": resampled_auc(posteriors, is_positive, counts),
            "vote_accuracy": by_vote["WA"],
            "vote_UA": by_vote["UA"],
        }

    return measure


def _cell(score):
    """Format a score and its interval in percent."""
    if score["value"] is None:
        return "-"
    low, high = (100 * x for x in score["interval"])
    return f"{100 * score['value']:.1f} [{low:.1f}, {high:.1f}]"
