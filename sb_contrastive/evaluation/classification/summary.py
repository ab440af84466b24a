"""Scores of every system over the folds of a cross-validation.

A *prediction row* is a dict with ``ID``, ``spk_id``, ``fold``, ``label`` and
``prediction``; a comparison is ``{system: {fold: [prediction rows]}}``.
"""

import statistics

from sb_contrastive.evaluation.classification.confusion import METRICS
from sb_contrastive.evaluation.classification.intervals import (
    bootstrap_intervals,
)
from sb_contrastive.evaluation.classification.report import (
    classification_report,
)

KEYS = ("ID", "spk_id", "label", "prediction")


def summarise(systems, classes, draws=1000, seed=0):
    """Scores every fold of every system, their mean and standard deviation, and
    the pooled folds.

    Arguments
    ---------
    systems : dict
        {system: {fold: [prediction rows]}}.
    classes : sequence
        The class names, in the order of the confusion matrices.
    draws : int
        Bootstrap resamples.
    seed : int
        Seed of the bootstrap.

    Returns
    -------
    summary : dict
        {system: {"folds": {fold: report}, "mean": {metric: mean over folds},
        "std": {metric: standard deviation over folds, None for a single one},
        "pooled": report of all folds together, "intervals": {metric: [low,
        high]} at 95 %, resampling speakers over all folds together; empty
        where there is only one speaker}}.

    Raises
    ------
    ValueError
        If a system or fold is empty, a row lacks a key, an ID comes twice in
        a fold, or a label is not among the classes.

    Example
    -------
    >>> row = {"ID": "u1", "spk_id": "s1", "label": "joy", "prediction": "joy"}
    >>> summary = summarise({"probe": {"ses1": [row]}}, ["joy", "sad"])
    >>> summary["probe"]["mean"]["UA"]
    1.0
    """
    return {
        system: _summarise_system(system, folds, classes, draws, seed)
        for system, folds in systems.items()
    }


def _summarise_system(system, folds, classes, draws, seed):
    if not folds:
        raise ValueError(f"system {system!r} has no fold to score")
    for fold, rows in folds.items():
        _check_rows(rows, f"fold {fold!r} of system {system!r}")
    reports = {
        fold: classification_report(*_columns(rows), classes)
        for fold, rows in folds.items()
    }
    values = {m: [r[m] for r in reports.values()] for m in METRICS}
    pooled = [row for rows in folds.values() for row in rows]
    labels, predictions = _columns(pooled)
    speakers = [row["spk_id"] for row in pooled]
    # one speaker is a sample of one: no interval, rather than one of width 0
    intervals = {}
    if len(set(map(str, speakers))) > 1:
        intervals = bootstrap_intervals(
            labels, predictions, speakers, classes, draws=draws, seed=seed
        )
    return {
        "folds": reports,
        "mean": {m: statistics.fmean(v) for m, v in values.items()},
        "std": {
            m: statistics.stdev(v) if len(v) > 1 else None
            for m, v in values.items()
        },
        "pooled": classification_report(labels, predictions, classes),
        "intervals": intervals,
    }


def _columns(rows):
    return [r["label"] for r in rows], [r["prediction"] for r in rows]


def _check_rows(rows, where):
    if not rows:
        raise ValueError(f"{where} has no predictions")
    seen = set()
    for row in rows:
        missing = [key for key in KEYS if key not in row]
        if missing:
            raise ValueError(
                f"a prediction row of {where} lacks {', '.join(missing)}: {row}"
            )
        if row["ID"] in seen:
            raise ValueError(f"{row['ID']} was predicted twice in {where}")
        seen.add(row["ID"])
