"""Sections of a page that compares several runs."""

from markupsafe import Markup

from sb_contrastive.evaluation.classification.paired_lines import (
    paired_differences,
)
from sb_contrastive.report_page.charts.dot_chart import Row, dot_chart
from sb_contrastive.report_page.html import (
    Section,
    between,
    figure,
    percent,
    table,
)
from sb_contrastive.report_page.run_folder import RunFolder

KINDS = {"classes": "classification", "speakers": "speaker verification"}


def named(folders):
    """Read runs, and name them so that all names differ.

    Arguments
    ---------
    folders : list of (str or pathlib.Path)
        Output folders.

    Returns
    -------
    dict of str to RunFolder

    Raises
    ------
    ValueError
        When they are of different kinds, or of one that cannot be compared.
    """
    runs = [RunFolder(folder) for folder in folders]
    kinds = {run.kind for run in runs}
    if len(kinds) > 1 or not kinds <= KINDS.keys():
        told = ", ".join(f"{run.path} ({run.kind})" for run in runs)
        raise ValueError(
            f"runs are compared that all classify, or all verify speakers; "
            f"these are {told}"
        )
    found = {}
    for run in runs:
        seed = run.results.get("seed")
        tries = (
            run.name,
            f"{run.name}, seed {seed}",
            f"{run.name}, {run.path.resolve().name}",
            str(run.path),
        )
        same = [r for r in runs if r.name == run.name]
        seeds = {r.results.get("seed") for r in same}
        choice = 0 if len(same) == 1 else 1 if len(seeds) == len(same) else 2
        name = next(t for t in (*tries[choice:], tries[-1]) if t not in found)
        found[name] = run
    return found


def notices(runs):
    """Say what makes the runs unlike.

    Arguments
    ---------
    runs : dict of str to RunFolder
        The runs.

    Returns
    -------
    list of tuple
        (CSS class, sentence).
    """
    found = []
    corpora = {run.corpus for run in runs.values()}
    if len(corpora) > 1:
        found.append(
            (
                "bad",
                f"The runs are on different corpora ({', '.join(sorted(corpora))})"
                f": their numbers cannot be compared.",
            )
        )
    made_up = [name for name, run in runs.items() if run.is_synthetic]
    if made_up:
        found.append(
            (
                "bad",
                f"On built-in synthetic speech: {', '.join(made_up)}. Such "
                f"numbers say nothing about real speech.",
            )
        )
    return found


def systems(runs):
    """Show all systems of all runs in one chart and one table.

    Arguments
    ---------
    runs : dict of str to RunFolder
        The runs.

    Returns
    -------
    Section
    """
    kind = next(iter(runs.values())).kind
    make = _verified if kind == "speakers" else _classified
    return Section(
        "All systems",
        "The dot is the score on all test data, the bar its 95 % interval over "
        "speakers. A click on a heading sorts.",
        make(runs),
    )


def _classified(runs):
    rows, lines = [], []
    for colour, (name, run) in enumerate(runs.items()):
        for title, entry in run.metrics.items():
            pooled, limits = entry["pooled"], entry["intervals"].get("UA")
            wide = limits and tuple(100 * v for v in limits)
            told = f"{name}: {title}"
            ua = 100 * pooled["UA"]
            lines.append(Row(told, [], ua, wide, f"{told}: {ua:.1f} %", colour))
            rows.append(
                [
                    told,
                    percent(pooled["UA"]),
                    between(limits),
                    percent(pooled["WA"]),
                    percent(pooled["macro_F1"]),
                    str(len(entry["folds"])),
                ]
            )
    header = ["run: system", "UA %", "95 % interval", "WA %", "macro-F1 %"]
    return figure(
        dot_chart(lines, "UA (%), higher is better"), "Tested folds pooled."
    ) + table([*header, "folds"], rows)


def _verified(runs):
    body = Markup("")
    lists = dict.fromkeys(t for run in runs.values() for t in run.metrics)
    for trials in lists:
        rows, lines = [], []
        for colour, (name, run) in enumerate(runs.items()):
            for title, report in run.metrics.get(trials, {}).items():
                limits = report["intervals"].get("EER")
                wide = limits and tuple(100 * v for v in limits)
                told = f"{name}: {title}" if title else name
                rate = 100 * report["EER"]
                tip = f"{told}: EER {rate:.2f} %"
                lines.append(Row(told, [], rate, wide, tip, colour))
                rows.append(
                    [
                        told,
                        percent(report["EER"], 2),
                        between(limits, 2),
                        f"{report['minDCF_0.01']:.3f}",
                        f"{report['minDCF_0.05']:.3f}",
                    ]
                )
        chart = dot_chart(lines, "EER (%), lower is better")
        header = [
            "run: system",
            "EER %",
            "95 % interval",
            "minDCF 0.01",
            "0.05",
        ]
        body += figure(chart, f"Trial list {trials}.") + table(header, rows)
    return body


def differences(runs):
    """Compare systems that were tested on the same utterances.

    Arguments
    ---------
    runs : dict of str to RunFolder
        The runs.

    Returns
    -------
    Section or None
    """
    folds, summary = {}, {}
    for name, run in runs.items():
        for title, predictions in run.predictions.items():
            folds[f"{name}: {title}"] = predictions
            summary[f"{name}: {title}"] = run.metrics[title]
    patients = any("detection" in entry for entry in summary.values())
    found = {} if patients or not folds else paired_differences(folds, summary)
    if not found:
        return None
    first = next(iter(folds))
    lines = [
        Row(
            title.removeprefix(f"{first} less "),
            [],
            entry["UA"],
            tuple(entry["interval"]),
            f"{title}: {entry['UA']:+.1f} points",
        )
        for title, entry in found.items()
    ]
    chart = dot_chart(
        lines,
        f"UA of {first} less that of the system (points)",
        [("no difference", 0.0)],
    )
    return Section(
        f"{first}, less each other system",
        "Differences in UA on the same utterances, where the same speakers are "
        "drawn for both. An interval that contains 0 may be chance.",
        figure(chart, f"To the right, {first} is better."),
    )
