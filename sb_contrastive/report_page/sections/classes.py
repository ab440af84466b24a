"""Sections of a classification: the main question's picture, and all scores."""

from markupsafe import Markup

from sb_contrastive.evaluation.classification.tables import (
    COLUMNS,
    TITLES,
    chance_reports,
)
from sb_contrastive.report_page.charts.dot_chart import Row, dot_chart
from sb_contrastive.report_page.html import (
    Section,
    between,
    figure,
    percent,
    table,
)
from sb_contrastive.report_page.pictures import picture


def headline(run):
    """Say in one sentence what came out.

    Arguments
    ---------
    run : RunFolder
        Of a classification.

    Returns
    -------
    str
    """
    told = [
        f"{title} reaches a UA of {percent(entry['pooled']['UA'])} %"
        for title, entry in list(run.metrics.items())[:3]
    ]
    text = ", ".join(told) + "."
    for title, found in list(run.results.get("paired", {}).items())[:1]:
        low, high = found["interval"]
        more = "more" if low > 0 or high < 0 else "no more"
        points = f"{found['UA']:+.1f}".replace("-", "−")
        text += (
            f" The difference, {title}, is {points} points (95 % interval "
            f"{between(found['interval'], scale=1, sign='+')}), {more} than "
            f"the choice of speakers explains."
        )
    return text


def systems(run):
    """Draw the systems by fold, and their differences.

    Arguments
    ---------
    run : RunFolder
        Of a classification.

    Returns
    -------
    Section
    """
    rows = [_row(title, entry) for title, entry in run.metrics.items()]
    names = next(iter(run.metrics.values()))["pooled"]["classes"]
    chance = 100 / len(names)
    body = [
        figure(
            dot_chart(rows, "UA (%), higher is better", [("chance", chance)]),
            "Each system: tested folds pooled, and the 95 % interval; small "
            "circles are single folds.",
        )
    ]
    paired = run.results.get("paired", {})
    if paired:
        differences = [
            Row(
                title,
                [],
                found["UA"],
                tuple(found["interval"]),
                f"{title}: {found['UA']:+.1f} points",
            )
            for title, found in paired.items()
        ]
        body.append(
            figure(
                dot_chart(
                    differences,
                    "difference in UA (percentage points)",
                    [("no difference", 0.0)],
                ),
                "Differences on the same utterances: an interval that "
                "contains 0 may be chance.",
            )
        )
    body.append(
        picture(
            run,
            "plots/label_efficiency.png",
            "UA by the share of the training labels that were used.",
        )
    )
    return Section(
        "Which system is better?",
        "UA is the share that is right within each class, averaged over the "
        "classes. Intervals come from a bootstrap over speakers, who are the "
        "ones that differ.",
        Markup("").join(body),
    )


def _row(title, entry):
    """Make the line of a system: pooled folds in the middle, a dot each."""
    dots = [
        (100 * report["UA"], f"{title}, fold {fold}: {percent(report['UA'])} %")
        for fold, report in entry["folds"].items()
    ]
    limits = entry["intervals"].get("UA")
    ua = entry["pooled"]["UA"]
    return Row(
        title,
        dots if len(dots) > 1 else [],
        100 * ua,
        limits and tuple(100 * v for v in limits),
        f"{title}: {percent(ua)} %",
    )


def tables(run):
    """Show all scores, and UA by fold.

    Arguments
    ---------
    run : RunFolder
        Of a classification.

    Returns
    -------
    Section
    """
    rows = []
    for title, entry in run.metrics.items():
        cells = [_mean(entry, metric) for metric in COLUMNS]
        rows.append([title, *cells, between(entry["intervals"].get("UA"))])
    for title, report in chance_reports(run.metrics).items():
        rows.append([title, *(percent(report[m]) for m in COLUMNS), ""])
    every = table(
        ["system", *(TITLES[m] for m in COLUMNS), "UA, 95 % interval"],
        rows,
        "Percent: mean ± standard deviation over folds; the interval pools "
        "the tested folds. A click on a heading sorts.",
    )
    folds = list(
        dict.fromkeys(f for e in run.metrics.values() for f in e["folds"])
    )
    by_fold = table(
        ["fold", *run.metrics],
        [
            [
                fold,
                *(
                    percent(entry["folds"].get(fold, {}).get("UA"))
                    for entry in run.metrics.values()
                ),
            ]
            for fold in folds
        ],
        "UA in percent on each fold, which is left out of its training.",
    )
    detection = _detection(run)
    return Section(
        "All scores",
        "WA is the share of all utterances that is right; F1 weighs what was "
        "found against what was found wrongly.",
        Markup("").join([every, detection, by_fold]),
    )


def _mean(entry, metric):
    text = percent(entry["mean"][metric])
    deviation = entry["std"].get(metric)
    return text if deviation is None else f"{text} ± {percent(deviation)}"


def _detection(run):
    """Show the scores of subjects, where the run has such."""
    rows, header = [], []
    for title, entry in run.metrics.items():
        for key, where in (("detection", ""), ("held_out", ", official test")):
            report = entry.get(key) or {}
            scores = {k: v for k, v in report.items() if isinstance(v, dict)}
            if scores:
                header = header or list(scores)
                rows.append(
                    [
                        f"{title}{where}",
                        report.get("subjects", "–"),
                        *(
                            f"{percent(scores[k]['value'])} "
                            f"({between(scores[k].get('interval'))})"
                            for k in header
                            if k in scores
                        ),
                    ]
                )
    if not rows:
        return ""
    names = [name.replace("_", " ") for name in header]
    note = "Decisions on subjects, in percent, with 95 % intervals."
    return table(["system", "subjects", *names], rows, note)
