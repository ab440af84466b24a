#!/usr/bin/env python3
"""Compares choosing an epoch without labels with choosing it by an error rate.

    python benchmarks/tables/compare_selection.py results/*/1986 [--figure EER_trials_test]
    python benchmarks/tables/compare_selection.py results/*/1986 --keep docs/measurements/selection.json
    python benchmarks/tables/compare_selection.py docs/measurements/selection.json

Each argument is the output folder of a run, or of one of its stages, whose log
has the measures without labels and, of each epoch, an error rate: that of trial
lists (`EER_...`, of a stage `pretrain` with `judge_epochs`), unless --figure
names another figure; or a file that keeps the figures of several runs. --higher
is for a figure that is better when it is higher.

The first table has Spearman's rank correlation of each measure with the error:
1 where the measure orders epochs exactly as the error does. "Within runs" is the
mean over runs, "all" that of the checkpoints of all runs together. The second
has what is lost: the error of the epoch that is chosen, relative to that of the
best epoch (the oracle).
"""

import argparse
import json
from pathlib import Path

import numpy as np
from scipy.stats import spearmanr

from sb_contrastive.evaluation.embeddings.label_free.ranking import (
    GOODNESS,
    goodness,
    mean_ranks,
    measured,
)
from sb_contrastive.evaluation.markdown_table import markdown_table
from sb_contrastive.files import write_atomically
from sb_contrastive.stages.pretraining.selection import SELECT

# By which `select` keeps an epoch: the average of all, and of two
AVERAGES = {
    f"rank average, {name}": SELECT[name] for name in SELECT if SELECT[name]
}
PROBES = ("speaker_eer", "speaker_knn")  # of audio with known speakers


def read_runs(places, figure=None):
    """Return {name of a run: its epochs that were measured}, of folders and
    kept files, with the figures that tables may be made of."""
    logs, kept = [], []
    for place in places:
        if place.is_file():
            kept.append(json.loads(place.read_text("utf-8")))
        elif (place / "log.json").is_file():
            logs.append(place / "log.json")
        elif place.is_dir():
            logs += sorted(place.rglob("log.json"))
        else:
            raise FileNotFoundError(f"there is no {place}")
    runs = {}
    for path, name in zip(logs, short_names([path.parent for path in logs])):
        rows = measured(json.loads(path.read_text("utf-8"))["epochs"])
        if rows:
            runs[name] = [_kept(row, figure) for row in rows]
    for found in kept:
        twice = runs.keys() & found.keys()
        if twice:
            raise SystemExit(f"two runs are called {', '.join(sorted(twice))}")
        runs |= found
    if not runs:
        raise SystemExit(
            "no log.json in these folders has measures without labels: those of "
            "pretraining have, where four utterances or more are held out"
        )
    return runs


def short_names(folders):
    """Name folders by as many of their last parts as tell them apart, two at least."""
    parts = [folder.resolve().parts for folder in folders]
    for last in range(2, max(map(len, parts), default=0) + 1):
        names = ["/".join(own[-last:]) for own in parts]
        if len({*names}) == len({*parts}):
            return names
    return ["/".join(own) for own in parts]


def _kept(row, figure):
    """Keep of an epoch what tables may be made of, to six digits."""
    names = [*GOODNESS, *judged_by(row), *PROBES, figure]
    return {"epoch": row["epoch"]} | {
        name: float(f"{row[name]:.6g}") for name in names if name in row
    }


def judged_by(row):
    """List the error rates of trial lists, and the accuracy of a probe."""
    return sorted(k for k in row if k.startswith("EER_") or k == "UA_probe")


def keep(path, runs):
    """Write the figures of runs, an epoch a line."""
    texts = []
    for name, rows in runs.items():
        lines = ",\n".join(map(json.dumps, rows))
        texts.append(f"{json.dumps(name)}: [\n{lines}]")
    text = "{" + ",\n".join(texts) + "}\n"
    write_atomically(path, lambda part: part.write_text(text, "utf-8"))


def badness(rows):
    """Return {measure: [E]}, each lower where the measure finds an epoch better."""
    found = dict(zip(GOODNESS, -goodness(rows).T))
    averages = {name: mean_ranks(rows, m) for name, m in AVERAGES.items()}
    return {**found, **averages}


def correlation(measure, error):
    """Return Spearman's rho, NaN where one of them does not vary."""
    if len(set(measure)) < 2 or len(set(error)) < 2:
        return np.nan
    return float(spearmanr(measure, error).statistic)


def loss(measure, error):
    """Return the relative loss of the epoch that a measure finds best; of equally
    good ones the last."""
    best = len(error) - 1 - int(np.argmin(measure[::-1]))
    return relative(error[best], error.min())


def relative(error, least):
    """Return how much higher an error is than the least one, in percent."""
    if error == least:
        return 0.0
    return 100 * (error / least - 1) if least > 0 else np.inf


def tables(options):
    """Return the lines of the tables of each figure."""
    return lines_of(read_runs(options.places, options.figure), options)


def lines_of(runs, options):
    """Return the lines of the tables of runs."""
    lines = []
    figures = [options.figure]
    if options.figure is None:
        found = {k for rows in runs.values() for k in judged_by(rows[0])}
        figures = sorted(found - {"UA_probe"})
    if not figures:
        raise SystemExit(
            "no log has the EER of trial lists: give the stage `pretrain` "
            "`judge_epochs: True`, or name another --figure"
        )
    for figure in figures:
        having = {
            name: rows
            for name, rows in runs.items()
            if all(figure in row for row in rows)
        }
        if not having:
            raise SystemExit(f"no log has {figure} in every epoch")
        lines += ["", *tables_of(having, figure, options.higher)]
    return lines[1:]


def tables_of(runs, figure, higher=False):
    """Return the lines of both tables of a figure.

    An error is 1 less the figure where a higher one is better.
    """
    errors = {
        name: np.array([1 - r[figure] if higher else r[figure] for r in rows])
        for name, rows in runs.items()
    }
    measures = {name: badness(rows) for name, rows in runs.items()}
    every = [row for rows in runs.values() for row in rows]
    pooled, together = badness(every), np.concatenate(list(errors.values()))
    agree, lost = [], []
    for name, values in pooled.items():
        own = [correlation(measures[r][name], errors[r]) for r in runs]
        ranks = _mean(own), correlation(values, together)
        agree.append([name, *map(_number, ranks)])
        own = [loss(measures[r][name], errors[r]) for r in runs]
        lost.append(_cells(name, own, loss(values, together)))
    last = [relative(e[-1], e.min()) for e in errors.values()]
    lost.append(_cells("the last epoch", last))
    drawn = [relative(e.mean(), e.min()) for e in errors.values()]
    one = relative(together.mean(), together.min())
    lost.append(_cells("chance", drawn, one))
    heads = ["chosen by", "loss within runs %, mean", "highest", "one of all"]
    return [
        f"{figure}: {len(every)} checkpoints of {len(runs)} runs",
        "",
        *markdown_table(["measure", "Spearman within runs", "all"], agree),
        "",
        *markdown_table(heads, lost),
    ]


def _cells(name, own, pooled=None):
    third = "-" if pooled is None else f"{pooled:.1f}"
    return [name, f"{np.mean(own):.1f}", f"{np.max(own):.1f}", third]


def _mean(values):
    known = [v for v in values if np.isfinite(v)]
    return np.mean(known) if known else np.nan


def _number(value):
    return f"{value:+.2f}" if np.isfinite(value) else "-"


def parser():
    """Return the parser of the arguments."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "places",
        nargs="+",
        type=Path,
        help="output folders, or files of --keep",
    )
    parser.add_argument("--figure", help="a key of the log")
    parser.add_argument(
        "--higher", action="store_true", help="more of the figure is better"
    )
    parser.add_argument(
        "--keep", type=Path, help="JSON to which the figures are written"
    )
    return parser


if __name__ == "__main__":
    options = parser().parse_args()
    runs = read_runs(options.places, options.figure)
    print("\n".join(lines_of(runs, options)))
    if options.keep:
        keep(options.keep, runs)
