"""Sections of a study: a leaderboard, the answer to each question, the runs."""

import statistics

from markupsafe import Markup

from sb_contrastive.report_page.charts.dot_chart import Row, dot_chart
from sb_contrastive.report_page.html import (
    Section,
    between,
    figure,
    table,
)


def headline(run):
    """Say which system is first.

    Arguments
    ---------
    run : RunFolder
        Of a study.

    Returns
    -------
    str
    """
    entries = _entries(run)
    if not entries:
        return "No run has left predictions yet."
    place, _, percent, row = entries[0]
    return (
        f"{len(entries)} systems were compared. The highest mean UA is that of "
        f"{place} with {percent} % of the labels: {_mean(row['UA'])} %."
    )


def leaderboard(run):
    """Rank all systems by their mean UA.

    Arguments
    ---------
    run : RunFolder
        Of a study.

    Returns
    -------
    Section or None
    """
    rows = [
        [
            Markup('{}. {}<br><span class="small">{}</span>').format(
                rank, place, titles
            ),
            f"{percent} %",
            str(len(row["seeds"])),
            _mean(row["UA"]),
            _mean(row["WA"]),
            f"{row['deviation']:.1f}",
        ]
        for rank, (place, titles, percent, row) in enumerate(
            _entries(run), start=1
        )
    ]
    if not rows:
        return None
    return Section(
        "Leaderboard",
        "All systems of the study by their mean UA over seeds. Whether one is "
        "better than another is answered below, with intervals: neighbours in "
        "this table may differ by chance.",
        table(
            ["system", "labels", "seeds", "UA %", "WA %", "UA over folds"],
            rows,
            "A system is named by its run and stage; below it stand its names in "
            "the questions. Mean ± standard deviation over seeds; the last "
            "column is the mean standard deviation over folds. A click on a "
            "heading sorts.",
        ),
    )


def _entries(run):
    """List (system and its titles, percent, row) of each system once, the best
    first."""
    titles, rows = {}, {}
    for question in run.metrics.values():
        for percent, answers in question.get("labels", {}).items():
            for title, row in answers.items():
                key = question["systems"][title], percent
                titles.setdefault(key, {})[title] = None
                rows[key] = row
    found = [
        (key[0], ", ".join(titles[key]), key[1], row)
        for key, row in rows.items()
    ]
    return sorted(found, key=lambda e: -statistics.fmean(e[3]["UA"]))


def questions(run):
    """Answer each question with a chart and a table.

    Arguments
    ---------
    run : RunFolder
        Of a study.

    Returns
    -------
    Section or None
    """
    parts = []
    for question in run.metrics.values():
        parts.append(Markup("<h3>{}</h3>").format(question["title"]))
        for percent, rows in question.get("labels", {}).items():
            heading = f"{percent} % of the labels"
            parts.append(_answer(heading, rows, question["against"], "UA"))
        for name, rows in question.get("trials", {}).items():
            heading = f"trial list {name}"
            parts.append(_answer(heading, rows, question["against"], "EER"))
        if "clusterings" in question:
            parts.append(_clusterings(question["clusterings"]))
        if "ranks" in question:
            parts.append(_ranks(question["ranks"]))
    if not parts:
        return None
    return Section(
        "The questions",
        "Each question compares systems with one of them, on the same "
        "utterances and with the same seeds. An interval that does not contain "
        "0 is more than the choice of speakers explains.",
        Markup("").join(parts),
    )


def _answer(heading, rows, against, measure):
    """Show UA at one share of the labels, or EER of one trial list."""
    interval, order = {
        "UA": ("interval", "higher"),
        "EER": ("gain_interval", "lower"),
    }[measure]
    lines = [
        Row(
            title,
            [
                (value, f"{title}, seed {seed}: {value:.1f} %")
                for seed, value in zip(row["seeds"], row[measure])
            ]
            if len(row[measure]) > 1
            else [],
            statistics.fmean(row[measure]),
            None,
            f"{title}: {_mean(row[measure])} %",
        )
        for title, row in rows.items()
    ]
    floor = [
        (against, statistics.fmean(row[measure]))
        for title, row in rows.items()
        if title == against
    ]
    chart = figure(
        dot_chart(lines, f"{measure} (%), {order} is better", floor),
        f"{heading[0].upper()}{heading[1:]}: the mean, and a small circle per "
        f"seed.",
    )
    cells = []
    for title, row in rows.items():
        gains = row.get("gains")
        cells.append(
            [
                title,
                _mean(row[measure]),
                f"{statistics.fmean(gains):+.1f}".replace("-", "−")
                if gains
                else "–",
                between(
                    row.get(interval) if gains else None, scale=1, sign="+"
                ),
            ]
        )
    return chart + table(
        ["system", f"{measure} %", f"less {against}", "95 % interval"], cells
    )


def _clusterings(rows):
    """Show how well the clusters of each stage agree with the speakers."""
    figures = {
        "clusters": "clusters",
        "NMI": "NMI %",
        "ARI": "ARI %",
        "purity": "purity %",
        "kept": "kept %",
    }
    return table(
        ["clusters of", "speakers", *figures.values()],
        [
            [
                title,
                str(row["speakers"][0]),
                *(_mean(row[name]) for name in figures),
            ]
            for title, row in rows.items()
        ],
    )


def _ranks(ranks):
    """Show the mean rank of each system over several questions."""
    names = list(next(iter(ranks["systems"].values()))["ranks"])
    return table(
        ["system", "mean rank", *names],
        [
            [
                title,
                f"{row['mean_rank']:.2f}",
                *(f"{row['ranks'][name]:g}" for name in names),
            ]
            for title, row in ranks["systems"].items()
        ],
    )


def runs(run):
    """List the runs of the study, with links to their own pages.

    Arguments
    ---------
    run : RunFolder
        Of a study.

    Returns
    -------
    Section or None
    """
    cells = {}
    for folder in sorted(run.path.glob("runs/*/")):
        name, _, seed = folder.name.rpartition("_")
        cells.setdefault(name, {})[seed] = _link(folder)
    if not cells:
        return None
    seeds = sorted({seed for found in cells.values() for seed in found})
    return Section(
        "The runs",
        "Each run has a page of its own, which opens as long as it lies beside "
        "this one.",
        table(
            ["run", *(f"seed {seed}" for seed in seeds)],
            [
                [name, *(found.get(seed, "") for seed in seeds)]
                for name, found in cells.items()
            ],
        ),
    )


def _link(folder):
    """Say how far a run is; a link where it has a page."""
    state = "finished" if (folder / "finished.json").is_file() else "begun"
    if not (folder / "report.html").is_file():
        return state
    return Markup('<a href="runs/{}/report.html">{}</a>').format(
        folder.name, state
    )


def _mean(values):
    """Write the mean, and the standard deviation of several."""
    mean = f"{statistics.fmean(values):.1f}"
    if len(values) == 1:
        return mean
    return f"{mean} ± {statistics.stdev(values):.1f}"
