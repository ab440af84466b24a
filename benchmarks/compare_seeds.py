#!/usr/bin/env python3
"""Summarises runs of one experiment with several seeds in Markdown tables.

    python benchmarks/compare_seeds.py results/ravdess_* [--against from_scratch] [--figure labels.png]

Each argument is the output folder of one seed. The first table gives WA and UA
of every system, averaged over folds, as mean and standard deviation over seeds.
The second compares each system with `--against` on the same seeds, folds and
test utterances; its interval resamples speakers, over all seeds together. The
figure shows UA against the share of labels, with the range of the seeds.
"""

import argparse

import numpy as np

from sb_contrastive.evaluation.paired import (
    over_folds,
    paired_interval,
    read_hits,
)
from sb_contrastive.evaluation.plots import label_efficiency


def read_runs(folders):
    """Read {(percent, system): {seed folder: {fold: rows}}}."""
    runs = {}
    for folder in folders:
        for key, folds in read_hits(folder).items():
            runs.setdefault(key, {})[folder] = folds
    return runs


def efficiency(runs):
    """Return {system: {share of labels: (mean, lowest, highest UA of the seeds)}}."""
    curves = {}
    for (percent, system), seeds in sorted(runs.items()):
        ua = [over_folds(folds)[1] / 100 for folds in seeds.values()]
        point = (np.mean(ua), min(ua), max(ua))
        curves.setdefault(system, {})[percent / 100] = point
    return curves


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "folders", nargs="+", help="output folders, one for each seed"
    )
    parser.add_argument("--against", default="from_scratch")
    parser.add_argument(
        "--figure", help="file for a plot of UA against the share of labels"
    )
    parser.add_argument("--note", help="text below the figure")
    options = parser.parse_args()
    runs = read_runs(options.folders)
    if options.figure:
        label_efficiency(efficiency(runs), options.figure, note=options.note)
    print(
        "| labels | system | seeds | WA % | UA % | deviation of UA over folds |"
    )
    print("|---|---|---|---|---|---|")
    for (fraction, system), seeds in sorted(runs.items()):
        wa, ua, deviations = zip(*(over_folds(f) for f in seeds.values()))
        several = len(ua) > 1
        line = [
            f"{np.mean(x):.1f}"
            + (f" ± {np.std(x, ddof=1):.1f}" if several else "")
            for x in (wa, ua)
        ]
        print(
            f"| {fraction} % | {system} | {len(ua)} | {line[0]} | {line[1]} "
            f"| {np.mean(deviations):.1f} |"
        )
    print(
        f"\n| labels | system less {options.against} | seeds | UA points | 95 % interval |"
    )
    print("|---|---|---|---|---|")
    for (fraction, system), seeds in sorted(runs.items()):
        base = runs.get((fraction, options.against), {})
        common = [
            s for s in seeds if s in base and seeds[s].keys() == base[s].keys()
        ]
        if system == options.against or not common:
            continue
        gains = [
            over_folds(seeds[s])[1] - over_folds(base[s])[1] for s in common
        ]
        low, high = paired_interval(
            [seeds[s] for s in common], [base[s] for s in common]
        )
        print(
            f"| {fraction} % | {system} | {len(common)} | {np.mean(gains):+.1f} "
            f"({', '.join(f'{g:+.1f}' for g in gains)}) | {low:+.1f} to {high:+.1f} |"
        )


if __name__ == "__main__":
    main()
