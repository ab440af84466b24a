"""Scores of the detection of a condition in subjects, with intervals over subjects."""

import numpy as np
from scipy.stats import rankdata

from sb_contrastive.evaluation.classification.report import (
    classification_report,
)
from sb_contrastive.evaluation.classification.tables import aligned


def detection_report(decisions, classes, positive, draws=1000, seed=0):
    """Scores decisions on subjects.

    Arguments
    ---------
    decisions : list of dict
        From `subject_decisions`, all with a label.
    classes : list of str
        The two classes.
    positive : str
        The one to detect: AUC ranks its mean posterior.
    draws : int
        Bootstrap resamples of the subjects, for 95 % intervals. A resample
        that lacks a class has no AUC and is left out of its interval.
    seed : int
        Of the bootstrap.

    Returns
    -------
    dict
        `subjects`, their number, and {score: {"value", "interval"}} of
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
    values = _scores(decisions, classes, positive)
    generator = np.random.default_rng(seed)
    drawn = []
    for _ in range(draws):
        index = generator.integers(len(decisions), size=len(decisions))
        resample = [decisions[i] for i in index]
        drawn.append(_scores(resample, classes, positive))
    report = {"subjects": len(decisions)}
    for name, value in values.items():
        found = [d[name] for d in drawn if d[name] is not None]
        interval = None
        if value is not None and found:
            interval = np.quantile(found, [0.025, 0.975]).tolist()
        report[name] = {"value": value, "interval": interval}
    return report


def auc(positives, negatives):
    """Area under the ROC curve: how often a positive score is above a
    negative one, ties counting half (Mann and Whitney).

    Arguments
    ---------
    positives : sequence of float
        [P].
    negatives : sequence of float
        [N].

    Returns
    -------
    float or None
        None where either is empty.

    Example
    -------
    >>> auc([0.9, 0.4], [0.4, 0.1])
    0.875
    """
    P, N = len(positives), len(negatives)
    if not P or not N:
        return None
    ranks = rankdata([*positives, *negatives])[:P]
    return float((ranks.sum() - P * (P + 1) / 2) / (P * N))


def detection_table(reports):
    """Plain-text table, a line for each system, values in percent.

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
        "Percent, all folds pooled [95 % interval, bootstrap over subjects];"
        " vote: majority of the chunks, else the mean posterior decides."
    )
    return "\n".join([*aligned(lines), legend])


def _scores(rows, classes, positive):
    labels = [row["label"] for row in rows]
    mean = classification_report(
        labels, [r["prediction"] for r in rows], classes
    )
    vote = classification_report(labels, [r["vote"] for r in rows], classes)
    ranked = {
        is_positive: [
            row[f"p_{positive}"]
            for row in rows
            if (row["label"] == positive) == is_positive
        ]
        for is_positive in (True, False)
    }
    return {
        "accuracy": mean["WA"],
        "UA": mean["UA"],
        **{f"F1_{c}": mean["class_F1"][c] for c in classes},
        "AUC": auc(ranked[True], ranked[False]),
        "vote_accuracy": vote["WA"],
        "vote_UA": vote["UA"],
    }


def _cell(score):
    if score["value"] is None:
        return "-"
    low, high = (100 * x for x in score["interval"])
    return f"{100 * score['value']:.1f} [{low:.1f}, {high:.1f}]"
