"""Turns predictions of cross-validation folds into tables and results.json.

A *prediction row* is a dict with ``ID``, ``spk_id``, ``fold``, ``label`` and
``prediction``; a comparison is ``{system: {fold: [prediction rows]}}``.
"""

import difflib
import importlib.metadata
import json
import math
import os
import platform
import statistics
from pathlib import Path

import sb_contrastive
from sb_contrastive.evaluation.classification import (
    METRICS,
    bootstrap_intervals,
    classification_report,
)

PACKAGES = ("torch", "torchaudio", "speechbrain", "numpy")
KEYS = ("ID", "spk_id", "label", "prediction")
TITLES = {
    "WA": "WA",
    "UA": "UA",
    "macro_F1": "macro-F1",
    "weighted_F1": "weighted-F1",
    "micro_F1": "micro-F1",
}


def summarise(systems, classes, draws=1000, seed=0):
    """Scores every fold of every system, their spread, and the pooled folds.

    Arguments
    ---------
    systems : dict
        {system: {fold: [prediction rows]}}.
    classes : sequence
        The class names, in the order of the confusion matrices.
    draws : int
        Bootstrap resamples.
    seed : int
        Of the bootstrap.

    Returns
    -------
    summary : dict
        {system: {"folds": {fold: report}, "mean": {metric: mean over folds},
        "std": {metric: sample deviation over folds, None for a single fold},
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


def results_table(summary):
    """Plain-text table of the systems: mean and deviation over folds of every
    metric, interval of UA, and what always naming the commonest class scores.

    Arguments
    ---------
    summary : dict
        As returned by ``summarise``.

    Returns
    -------
    table : str
        Several lines, values in percent.

    Example
    -------
    >>> row = {"ID": "u1", "spk_id": "s1", "label": "joy", "prediction": "joy"}
    >>> print(results_table(summarise({"probe": {"ses1": [row]}}, ["joy"])))
    system                WA     UA  macro-F1  weighted-F1  micro-F1  UA 95 % interval
    ----------------------------------------------------------------------------------
    probe              100.0  100.0     100.0        100.0     100.0                 -
    ----------------------------------------------------------------------------------
    chance, all 'joy'  100.0  100.0     100.0        100.0     100.0
    Percent, 1 fold; no interval: it takes two speakers.
    """
    header = ["system", *(TITLES[m] for m in METRICS), "UA 95 % interval"]
    lines = [header, None]
    for system, entry in summary.items():
        cells = [_mean_std(entry["mean"][m], entry["std"][m]) for m in METRICS]
        lines.append([system, *cells, _interval(entry["intervals"])])
    lines.append(None)
    for name, report in _chance(summary).items():
        cells = [_mean_std(report[m], None, summary) for m in METRICS]
        lines.append([name, *cells, ""])
    return "\n".join([*_aligned(lines), _legend(summary)])


def fold_table(summary, metric="UA"):
    """Plain-text table of one metric: a line per fold, a column per system.

    Arguments
    ---------
    summary : dict
        As returned by ``summarise``.
    metric : str
        WA, UA, macro_F1, weighted_F1 or micro_F1.

    Returns
    -------
    table : str
        Several lines, values in percent; "-" where a system lacks the fold.

    Raises
    ------
    ValueError
        If the metric is unknown.

    Example
    -------
    >>> row = {"ID": "u1", "spk_id": "s1", "label": "joy", "prediction": "joy"}
    >>> print(fold_table(summarise({"probe": {"ses1": [row]}}, ["joy"])))
    UA per fold, %  probe
    ---------------------
    ses1            100.0
    ---------------------
    mean            100.0
    """
    if metric not in METRICS:
        near = difflib.get_close_matches(str(metric), METRICS, 1, cutoff=0.3)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        raise ValueError(
            f"metric {metric!r} is not one of {', '.join(METRICS)}{hint}"
        )
    # dict keys: the folds of all systems, each once, in order of appearance
    folds = list(dict.fromkeys(f for e in summary.values() for f in e["folds"]))
    lines = [[f"{TITLES[metric]} per fold, %", *summary], None]
    for fold in folds:
        reports = [e["folds"].get(fold) for e in summary.values()]
        cells = [f"{100 * r[metric]:.1f}" if r else "-" for r in reports]
        lines.append([str(fold), *cells])
    means = [f"{100 * e['mean'][metric]:.1f}" for e in summary.values()]
    lines += [None, ["mean", *means]]
    return "\n".join(_aligned(lines))


def _mean_std(mean, std, like=None):
    text = f"{100 * mean:5.1f}"
    if std is not None:
        return f"{text} ± {100 * std:4.1f}"
    # keeps a mean without deviation below the other means
    spread = like and any(e["std"]["UA"] is not None for e in like.values())
    return text + " " * 7 if spread else text


def _interval(intervals):
    if not intervals:
        return "-"
    low, high = intervals["UA"]
    return f"{100 * low:5.1f} - {100 * high:5.1f}"


def _chance(summary):
    """Report of always naming the commonest class, {line's name: report}; one
    for all systems unless they were tested on different utterances."""
    reports = {}
    for entry in summary.values():
        classes = entry["pooled"]["classes"]
        support = [sum(row) for row in entry["pooled"]["confusion"]]
        commonest = classes[support.index(max(support))]
        labels = [c for c, n in zip(classes, support) for _ in range(n)]
        report = classification_report(
            labels, [commonest] * len(labels), classes
        )
        name = f"chance, all {commonest!r}"
        if name in reports and reports[name] != report:
            name += f" of {len(labels)}"
        reports[name] = report
    return reports


def _legend(summary):
    counts = sorted({len(e["folds"]) for e in summary.values()})
    folds = " or ".join(map(str, counts))
    plural = "" if counts == [1] else "s"
    spread = ": mean ± standard deviation" if counts != [1] else ""
    intervals = "no interval: it takes two speakers"
    if any(e["intervals"] for e in summary.values()):
        intervals = "interval: all folds pooled, bootstrap over speakers"
    return f"Percent, {folds} fold{plural}{spread}; {intervals}."


def _aligned(lines):
    """Pads columns, the first to the left; None becomes a rule."""
    cells = [line for line in lines if line]
    widths = [max(map(len, column)) for column in zip(*cells)]
    rule = "-" * (sum(widths) + 2 * (len(widths) - 1))
    for line in lines:
        if line is None:
            yield rule
            continue
        first = line[0].ljust(widths[0])
        rest = [c.rjust(w) for c, w in zip(line[1:], widths[1:])]
        yield "  ".join([first, *rest]).rstrip()


def write_results(path, results):
    """Writes results.json: whole or not at all, keys in the order given.

    Floats keep six decimals, or six significant digits below 0.001 (learning
    rates); what is not finite becomes null, since JSON has no NaN. Arrays,
    tensors and paths become lists, numbers and strings.

    Arguments
    ---------
    path : str or Path
        File to write; missing folders are made.
    results : dict
        Anything made of dicts, lists, numbers, strings.

    Raises
    ------
    TypeError
        If a value has no JSON form.

    Example
    -------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "results.json"
    >>> write_results(path, {"UA": 0.123456789})
    >>> json.loads(path.read_text())
    {'UA': 0.123457}
    """
    path = Path(path)
    text = json.dumps(_plain(results), indent=2, ensure_ascii=False)
    path.parent.mkdir(parents=True, exist_ok=True)
    # beside the target, since a rename is atomic on one file system only
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    partial.write_text(text + "\n", encoding="utf-8")
    os.replace(partial, path)


def _plain(value):
    if hasattr(value, "tolist"):  # array, tensor or NumPy number
        value = value.tolist()
    if isinstance(value, dict):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(v) for v in value]
    if isinstance(value, float):
        if not math.isfinite(value):
            return None
        return round(value, 6) if abs(value) >= 1e-3 else float(f"{value:.6g}")
    return str(value) if isinstance(value, Path) else value


def versions():
    """Versions of Python and of the packages a result depends on, read from
    their metadata: nothing heavy is imported.

    Returns
    -------
    versions : dict
        {package: version, or None where it is not installed}.

    Example
    -------
    >>> versions()["python"] == platform.python_version()
    True
    """
    found = {
        "python": platform.python_version(),
        "sb_contrastive": sb_contrastive.__version__,
    }
    for package in PACKAGES:
        try:
            found[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            found[package] = None
    return found
