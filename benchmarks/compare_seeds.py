#!/usr/bin/env python3
"""Summarises runs of one experiment with several seeds in Markdown tables.

    python benchmarks/compare_seeds.py results/ravdess_* [--against from_scratch] [--figure labels.png]
    python benchmarks/compare_seeds.py results/ravdess_* --keep docs/measurements/ravdess.csv
    python benchmarks/compare_seeds.py docs/measurements/ravdess.csv

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
from kept_runs import keep, read_costs, read_runs

from sb_contrastive.evaluation.paired import over_folds, paired_interval
from sb_contrastive.evaluation.plots import label_efficiency


def efficiency(runs):
    """Return {system: {share of labels: (mean, lowest, highest UA of the seeds)}}."""
    curves = {}
    for (percent, system), seeds in sorted(runs.items()):
        ua = [over_folds(folds)[1] / 100 for folds in seeds.values()]
        point = (np.mean(ua), min(ua), max(ua))
        curves.setdefault(system, {})[percent / 100] = point
    return curves


def tables(places, against):
    """Return the lines of all tables of folders and kept files."""
    runs, costs = read_runs(places), read_costs(places)
    lines = _accuracies(runs) + ["", *_differences(runs, against)]
    return lines + (["", *_cost_table(costs)] if costs else [])


def _accuracies(runs):
    lines = [
        "| labels | system | seeds | WA % | UA % | deviation of UA over folds |",
        "|---|---|---|---|---|---|",
    ]
    for (percent, system), seeds in sorted(runs.items()):
        wa, ua, deviations = zip(*(over_folds(f) for f in seeds.values()))
        means = [_mean_deviation(x) for x in (wa, ua)]
        lines.append(
            f"| {percent} % | {system} | {len(ua)} | {means[0]} | {means[1]} "
            f"| {np.mean(deviations):.1f} |"
        )
    return lines


def _differences(runs, against):
    lines = [
        f"| labels | system less {against} | seeds | UA points | 95 % interval |",
        "|---|---|---|---|---|",
    ]
    for (percent, system), seeds in sorted(runs.items()):
        base = runs.get((percent, against), {})
        common = [
            s for s in seeds if s in base and seeds[s].keys() == base[s].keys()
        ]
        if system == against or not common:
            continue
        gains = [
            over_folds(seeds[s])[1] - over_folds(base[s])[1] for s in common
        ]
        low, high = paired_interval(
            [seeds[s] for s in common], [base[s] for s in common]
        )
        lines.append(
            f"| {percent} % | {system} | {len(common)} | {np.mean(gains):+.1f} "
            f"({', '.join(f'{g:+.1f}' for g in gains)}) | {low:+.1f} to {high:+.1f} |"
        )
    return lines


def _cost_table(costs):
    lines = [
        "| system | trained parameters | minutes of a run | peak memory, GiB |",
        "|---|---|---|---|",
    ]
    for system, each in sorted(costs.items()):
        trained = max(cost.get("trainable_parameters", 0) for cost in each)
        trained = f"{trained:,}".replace(",", " ")
        minutes = np.mean([cost["train_seconds"] for cost in each]) / 60
        peak = max(cost.get("peak_memory_gib", 0.0) for cost in each)
        lines.append(
            f"| {system} | {trained} | {minutes:.1f} "
            f"| {f'{peak:.2f}' if peak else ''} |"
        )
    return lines


def _mean_deviation(values):
    """Write a mean, and the deviation of several values."""
    mean = f"{np.mean(values):.1f}"
    several = len(values) > 1
    return f"{mean} ± {np.std(values, ddof=1):.1f}" if several else mean


def main():
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
        "--figure", help="file for a plot of UA against the share of labels"
    )
    parser.add_argument("--note", help="text below the figure")
    parser.add_argument(
        "--run", help="with --keep: the name of the run, to pair it by"
    )
    parser.add_argument(
        "--rename",
        nargs="+",
        default=[],
        metavar="OLD=NEW",
        help="with --keep: other names of systems",
    )
    options = parser.parse_args()
    if options.keep:
        names = dict(pair.split("=", 1) for pair in options.rename)
        keep(options.keep, options.places, options.run, names)
        options.places = [options.keep]
    runs = read_runs(options.places)
    if options.figure:
        label_efficiency(efficiency(runs), options.figure, note=options.note)
    print("\n".join(tables(options.places, options.against)))


if __name__ == "__main__":
    main()
