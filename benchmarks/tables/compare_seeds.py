#!/usr/bin/env python3
"""Summarises runs of one experiment with several seeds in Markdown tables.

    python benchmarks/tables/compare_seeds.py results/ravdess_* [--against from_scratch] [--figure labels.png]
    python benchmarks/tables/compare_seeds.py results/ravdess_* --keep docs/measurements/ravdess.csv
    python benchmarks/tables/compare_seeds.py docs/measurements/ravdess.csv

Each argument is the output folder of one seed, or a file that keeps the hits of
several, so that the tables can be computed again when the folders are gone. The
first table gives WA and UA of every system, averaged over folds, as mean and
standard deviation over seeds. The second compares each system with `--against`
on the same seeds, folds and test utterances; its interval resamples speakers,
over all seeds together. The third says what a system has cost, where the runs
tell it: of all folds together, without what it starts from. The figure shows UA
against the share of labels, with the range of the seeds.
"""

import argparse

import numpy as np
from costs import cost_cells, cost_table
from kept_runs import keep, read_costs, read_runs
from renaming import add_rename, new_names

from sb_contrastive.evaluation.paired import (
    over_folds,
    seeds_compared,
    ua_interval,
)
from sb_contrastive.evaluation.plots import label_efficiency
from sb_contrastive.study.answers.systems import mean_and_each, mean_deviation


def efficiency(runs):
    """Return {system: {share of labels: (mean, lowest, highest UA of the seeds)}}."""
    curves = {}
    for (percent, system), seeds in sorted(runs.items()):
        ua = [over_folds(folds)[1] / 100 for folds in seeds.values()]
        point = (np.mean(ua), min(ua), max(ua))
        curves.setdefault(system, {})[percent / 100] = point
    return curves


def tables(options):
    """Return the lines of all tables of folders and kept files."""
    runs, costs = read_runs(options.places), read_costs(options.places)
    if options.summary:
        return _summary(runs, costs, options.against)
    lines = _accuracies(runs) + ["", *_differences(runs, options.against)]
    return lines + (["", *cost_table(costs)] if costs else [])


def _accuracies(runs):
    lines = [
        "| labels | system | seeds | WA % | UA % | deviation of UA over folds |",
        "|---|---|---|---|---|---|",
    ]
    for (percent, system), seeds in sorted(runs.items()):
        row = seeds_compared(seeds)
        lines.append(
            f"| {percent} % | {system} | {len(seeds)} | {mean_deviation(row['WA'])} "
            f"| {mean_deviation(row['UA'])} | {row['deviation']:.1f} |"
        )
    return lines


def _summary(runs, costs, against):
    lines = [
        "| system | seeds | UA % | 95 % interval | deviation over folds "
        f"| UA less {against} | trained parameters | minutes, fastest run | peak, GiB |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    found = []
    for (percent, system), seeds in runs.items():
        base = runs.get((percent, against), {}) if system != against else {}
        row = seeds_compared(seeds, base)
        low, high = ua_interval(list(seeds.values()))
        gain = ""
        if "gains" in row:
            limits = "{:+.1f} to {:+.1f}".format(*row["interval"])
            gain = f"{np.mean(row['gains']):+.1f} ({limits})"
        cells = [
            system
            if len({p for p, _ in runs}) == 1
            else f"{system}, {percent} %",
            str(len(seeds)),
            mean_deviation(row["UA"]),
            f"{low:.1f} to {high:.1f}",
            f"{row['deviation']:.1f}",
            gain,
            *cost_cells(costs.get(system, [])),
        ]
        found.append((np.mean(row["UA"]), f"| {' | '.join(cells)} |"))
    return lines + [line for _, line in sorted(found, reverse=True)]


def _differences(runs, against):
    lines = [
        f"| labels | system less {against} | seeds | UA points | 95 % interval |",
        "|---|---|---|---|---|",
    ]
    for (percent, system), seeds in sorted(runs.items()):
        if system == against:
            continue
        row = seeds_compared(seeds, runs.get((percent, against), {}))
        if "gains" in row:
            low, high = row["interval"]
            lines.append(
                f"| {percent} % | {system} | {len(row['gains'])} "
                f"| {mean_and_each(row['gains'])} | {low:+.1f} to {high:+.1f} |"
            )
    return lines


def parser():
    """Return the parser of the arguments."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "places",
        nargs="+",
        help="output folders, one for each seed, or files of --keep",
    )
    parser.add_argument(
        "--keep", help="CSV to which the hits of the folders are added"
    )
    parser.add_argument("--against", default="from_scratch")
    parser.add_argument(
        "--summary", action="store_true", help="all in one table, best first"
    )
    parser.add_argument(
        "--figure", help="file for a plot of UA against the share of labels"
    )
    parser.add_argument("--note", help="text below the figure")
    parser.add_argument(
        "--run", help="with --keep: the name of the run, to pair it by"
    )
    add_rename(parser)
    parser.add_argument(
        "--start",
        nargs=2,
        metavar=("FOLDER", "SYSTEM"),
        help="with --keep: the run and system that trained what these start "
        "from, whose cost is added",
    )
    return parser


def main():
    options = parser().parse_args()
    if options.keep:
        names = new_names(options)
        start = options.start
        keep(options.keep, options.places, options.run, names, start)
        options.places = [options.keep]
    runs = read_runs(options.places)
    if options.figure:
        label_efficiency(efficiency(runs), options.figure, note=options.note)
    print("\n".join(tables(options)))


if __name__ == "__main__":
    main()
