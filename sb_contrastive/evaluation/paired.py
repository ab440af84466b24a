"""Comparison of two systems on the same test utterances with the same seeds, with an interval of the difference."""

import statistics
from pathlib import Path

import numpy as np

from sb_contrastive.evaluation.classification.prediction_file import (
    read_predictions,
)
from sb_contrastive.evaluation.resampling import resampled_intervals


def read_hits(folder):
    """Reads which predictions of the stage `cross_validate` are right.

    Arguments
    ---------
    folder : str or Path
        Output folder of an experiment.

    Returns
    -------
    dict
        {(percent of labels, system): {fold: [(speaker, label, hit)]}}.
    """
    found = {}
    for path in sorted(Path(folder).glob("labels_*/*/fold_*/predictions.csv")):
        percent, system, fold = path.parts[-4:-1]
        rows = [
            (r["spk_id"], r["label"], r["label"] == r["prediction"])
            for r in read_predictions(path)
        ]
        percent = int(percent.removeprefix("labels_"))
        found.setdefault((percent, system), {})[fold] = rows
    return found


def over_folds(folds):
    """Averages WA and UA over folds.

    Arguments
    ---------
    folds : dict
        {fold: [(speaker, label, hit)]}.

    Returns
    -------
    tuple of float
        WA and UA in percent, and the standard deviation of UA over folds.

    Example
    -------
    >>> rows = [("s", "sad", True), ("s", "sad", True), ("s", "hap", False)]
    >>> [round(x, 1) for x in over_folds({"fold_1": rows})]
    [66.7, 50.0, 0.0]
    """
    wa, ua = zip(*(_wa_ua(rows) for rows in folds.values()))
    deviation = statistics.stdev(ua) if len(ua) > 1 else 0.0
    return statistics.fmean(wa), statistics.fmean(ua), deviation


def paired_interval(one, other, draws=2000):
    """Computes the 95 % interval of the difference in UA, pooled over folds and
    seeds.

    Speakers are resampled with all of their utterances of all seeds, and the
    same speakers for both systems.

    Arguments
    ---------
    one, other : list of dict
        {fold: [(speaker, label, hit)]} of each seed, in the same order.
    draws : int
        Resamples.

    Returns
    -------
    list of float
        Lower and upper limit in percentage points, above 0 where `one` is
        better.

    Example
    -------
    >>> right = {"f": [(s, c, True) for s in "ab" for c in "xy"]}
    >>> wrong = {"f": [(s, c, False) for s in "ab" for c in "xy"]}
    >>> paired_interval([right], [wrong])
    [100.0, 100.0]
    """
    rows = [r for folds in one for fold in folds.values() for r in fold]
    speakers = {s: i for i, s in enumerate(sorted({r[0] for r in rows}))}
    classes = {c: i for i, c in enumerate(sorted({r[1] for r in rows}))}
    tables = [_counts(seeds, speakers, classes) for seeds in (one, other)]

    def measure(times_drawn):  # [R, speakers]
        ua = []
        for table in tables:
            total = np.einsum("rs,sck->rck", times_drawn, table)
            recall = total[..., 0] / np.maximum(total[..., 1], 1)
            ua.append(recall.mean(axis=1))
        return {"UA": 100 * (ua[0] - ua[1])}

    return resampled_intervals(measure, len(speakers), draws)["UA"]


def _wa_ua(rows):
    """Compute WA and UA of one fold in percent."""
    by_class = {}
    for _, label, hit in rows:
        by_class.setdefault(label, []).append(hit)
    recalls = [statistics.fmean(hits) for hits in by_class.values()]
    hits = [hit for _, _, hit in rows]
    return 100 * statistics.fmean(hits), 100 * statistics.fmean(recalls)


def _counts(seeds, speakers, classes):
    """Count hits and utterances [speakers, classes, 2] over seeds and folds."""
    table = np.zeros((len(speakers), len(classes), 2))
    for folds in seeds:
        for rows in folds.values():
            for speaker, label, hit in rows:
                table[speakers[speaker], classes[label]] += (hit, 1)
    return table
