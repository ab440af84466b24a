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


def paired_interval(one, other, draws=2000, pooled=False):
    """Computes the 95 % interval of the difference in UA, of that in the mean over
    folds and seeds, or of that in all utterances as one set.

    Speakers are resampled with all of their utterances of all seeds, and the
    same speakers for both systems. In a resample, a fold has the classes of the
    speakers that were drawn, and one without speakers is left out.

    Arguments
    ---------
    one, other : list of dict
        {fold: [(speaker, label, hit)]} of each seed, in the same order.
    draws : int
        Resamples.
    pooled : bool
        Whether UA is that of all folds as one set, and not their mean.

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
    return _interval((one, other), draws, pooled)


def ua_interval(seeds, draws=2000):
    """Computes the 95 % interval of the UA of a system, in the mean over folds and
    seeds, from resamples of speakers as in `paired_interval`.

    Arguments
    ---------
    seeds : list of dict
        {fold: [(speaker, label, hit)]} of each seed.
    draws : int
        Resamples.

    Returns
    -------
    list of float
        Lower and upper limit in percent.

    Example
    -------
    >>> half = {"f": [(s, c, c == "x") for s in "ab" for c in "xy"]}
    >>> ua_interval([half])
    [50.0, 50.0]
    """
    return _interval((seeds,), draws)


def _interval(systems, draws, pooled=False):
    """Compute the interval of the UA of one system, less that of another where
    there are two."""
    rows = [r for folds in systems[0] for fold in folds.values() for r in fold]
    speakers = {s: i for i, s in enumerate(sorted({r[0] for r in rows}))}
    classes = {c: i for i, c in enumerate(sorted({r[1] for r in rows}))}
    tables = [_counts(seeds, speakers, classes) for seeds in systems]
    if pooled:
        tables = [table.sum(axis=0, keepdims=True) for table in tables]

    def measure(times_drawn):  # [R, speakers]
        ua, *other = (_mean_ua(times_drawn, table) for table in tables)
        return {"UA": 100 * (ua - sum(other))}

    return resampled_intervals(measure, len(speakers), draws)["UA"]


def seeds_compared(seeds, base=()):
    """Summarises a system over its seeds, and compares it with another one on the
    seeds and folds that both have.

    Arguments
    ---------
    seeds : dict
        {seed: {fold: [(speaker, label, hit)]}}.
    base : dict
        The same of the other system; empty for no comparison.

    Returns
    -------
    dict
        `seeds`, `WA` and `UA` of each in percent, and `deviation`, the mean
        standard deviation of UA over folds. Where the two have seeds in common,
        also `gains`, the difference in UA for each of these, and `interval`,
        see `paired_interval`.

    Example
    -------
    >>> right = {1: {"f": [("a", "x", True), ("b", "x", True)]}}
    >>> half = {1: {"f": [("a", "x", False), ("b", "x", True)]}}
    >>> seeds_compared(right, half)["gains"]
    [50.0]
    """
    wa, ua, deviations = zip(*map(over_folds, seeds.values()))
    row = {
        "seeds": list(seeds),
        "WA": list(wa),
        "UA": list(ua),
        "deviation": statistics.fmean(deviations),
    }
    common = [
        s for s in seeds if s in base and seeds[s].keys() == base[s].keys()
    ]
    if common:
        row["gains"] = [
            over_folds(seeds[s])[1] - over_folds(base[s])[1] for s in common
        ]
        row["interval"] = [
            float(limit)
            for limit in paired_interval(
                [seeds[s] for s in common], [base[s] for s in common]
            )
        ]
    return row


def _wa_ua(rows):
    """Compute WA and UA of one fold in percent."""
    by_class = {}
    for _, label, hit in rows:
        by_class.setdefault(label, []).append(hit)
    recalls = [statistics.fmean(hits) for hits in by_class.values()]
    hits = [hit for _, _, hit in rows]
    return 100 * statistics.fmean(hits), 100 * statistics.fmean(recalls)


def _counts(seeds, speakers, classes):
    """Count hits and utterances [folds of all seeds, speakers, classes, 2]."""
    parts = [rows for folds in seeds for rows in folds.values()]
    table = np.zeros((len(parts), len(speakers), len(classes), 2))
    for part, rows in zip(table, parts):
        for speaker, label, hit in rows:
            part[speakers[speaker], classes[label]] += (hit, 1)
    return table


def _mean_ua(times_drawn, table):
    """Average the recalls of the classes that a fold has, then the folds [R]."""
    sums, folds = np.zeros((2, len(times_drawn)))
    for part in table:  # one by one: all would be a large array
        total = np.einsum("rs,sck->rck", times_drawn, part)
        hits, heard = total[..., 0], total[..., 1]
        recall = hits / np.maximum(heard, 1)
        classes = (heard > 0).sum(axis=1)
        sums += recall.sum(axis=1) / np.maximum(classes, 1)
        folds += classes > 0
    return sums / np.maximum(folds, 1)
