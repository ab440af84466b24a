"""Plain-text tables of a summary, for the terminal."""

from sb_contrastive.evaluation.classification.confusion import METRICS
from sb_contrastive.evaluation.classification.report import (
    classification_report,
)
from sb_contrastive.evaluation.text_table import aligned
from sb_contrastive.suggestions import did_you_mean

TITLES = {
    "WA": "WA",
    "UA": "UA",
    "macro_F1": "macro-F1",
    "weighted_F1": "weighted-F1",
    "micro_F1": "micro-F1",
}
# With one label to an utterance micro-F1 is WA
COLUMNS = [metric for metric in METRICS if metric != "micro_F1"]
GLOSSARY = "What WA, UA and F1 are: docs/glossary.md."


def results_table(summary):
    """Makes a plain-text table of the systems: mean and standard deviation over
    folds of every metric, the interval of UA, and the scores of always naming
    the most frequent class.

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
    >>> from sb_contrastive.evaluation import summarise
    >>> row = {"ID": "u1", "spk_id": "s1", "label": "joy", "prediction": "joy"}
    >>> print(results_table(summarise({"probe": {"ses1": [row]}}, ["joy"])))
    system                WA     UA  macro-F1  weighted-F1  UA 95 % interval
    ------------------------------------------------------------------------
    probe              100.0  100.0     100.0        100.0                 -
    ------------------------------------------------------------------------
    chance, all 'joy'  100.0  100.0     100.0        100.0
    Percent, 1 fold; no interval: it takes two speakers.
    What WA, UA and F1 are: docs/glossary.md.
    """
    header = ["system", *(TITLES[m] for m in COLUMNS), "UA 95 % interval"]
    lines = [header, None]
    for system, entry in summary.items():
        cells = [_mean_std(entry["mean"][m], entry["std"][m]) for m in COLUMNS]
        lines.append([system, *cells, _interval(entry["intervals"])])
    lines.append(None)
    for name, report in chance_reports(summary).items():
        cells = [_mean_std(report[m], None, summary) for m in COLUMNS]
        lines.append([name, *cells, ""])
    return "\n".join([*aligned(lines), _legend(summary)])


def fold_table(summary, metric="UA"):
    """Makes a plain-text table of one metric with a line for each fold and a
    column for each system.

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
    >>> from sb_contrastive.evaluation import summarise
    >>> row = {"ID": "u1", "spk_id": "s1", "label": "joy", "prediction": "joy"}
    >>> print(fold_table(summarise({"probe": {"ses1": [row]}}, ["joy"])))
    UA per fold, %  probe
    ---------------------
    ses1            100.0
    ---------------------
    mean            100.0
    """
    if metric not in METRICS:
        raise ValueError(
            f"metric {metric!r} is not one of {', '.join(METRICS)}"
            + did_you_mean(metric, METRICS)
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
    return "\n".join(aligned(lines))


def _mean_std(mean, std, like=None):
    """Format a mean and its standard deviation in percent."""
    text = f"{100 * mean:5.1f}"
    if std is not None:
        return f"{text} ± {100 * std:4.1f}"
    # keeps a mean without deviation below the other means
    others = like and any(e["std"]["UA"] is not None for e in like.values())
    return text + " " * 7 if others else text


def _interval(intervals):
    """Format the interval of UA in percent, or a dash where there is none."""
    if not intervals:
        return "-"
    low, high = intervals["UA"]
    return f"{100 * low:5.1f} - {100 * high:5.1f}"


def chance_reports(summary):
    """Scores always naming the most frequent class.

    Arguments
    ---------
    summary : dict
        As returned by ``summarise``.

    Returns
    -------
    dict
        {name of the line: report}; one for all systems unless they have
        different test utterances.
    """
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
    """Make the line below the table of the systems."""
    counts = sorted({len(e["folds"]) for e in summary.values()})
    folds = " or ".join(map(str, counts))
    plural = "" if counts == [1] else "s"
    deviation = ": mean ± standard deviation" if counts != [1] else ""
    intervals = "no interval: it takes two speakers"
    if any(e["intervals"] for e in summary.values()):
        intervals = "interval: tested folds pooled, bootstrap over speakers"
    return f"Percent, {folds} fold{plural}{deviation}; {intervals}.\n{GLOSSARY}"
