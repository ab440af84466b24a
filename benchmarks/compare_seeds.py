#!/usr/bin/env python3
"""Joins runs of one experiment with several seeds into Markdown tables.

    python benchmarks/compare_seeds.py results/ravdess_* [--against from_scratch]

Each argument is the output folder of one seed. The first table holds WA and UA
of every system, averaged over folds, then mean and deviation over seeds. The
second pairs each system with `--against`: same seeds, same folds, same test
utterances; the interval resamples speakers over all seeds together.
"""

import argparse
import csv
import statistics
from pathlib import Path

import numpy as np


def read_runs(folders):
    """{(fraction, system): {seed folder: {fold: [(speaker, label, hit)]}}}"""
    runs = {}
    for folder in folders:
        for path in sorted(
            Path(folder).glob("labels_*/*/fold_*/predictions.csv")
        ):
            fold, system = path.parts[-2], path.parts[-3]
            fraction = int(path.parts[-4].removeprefix("labels_"))
            with open(path, newline="", encoding="utf-8") as file:
                rows = [
                    (r["spk_id"], r["label"], r["label"] == r["prediction"])
                    for r in csv.DictReader(file)
                ]
            seeds = runs.setdefault((fraction, system), {})
            seeds.setdefault(str(folder), {})[fold] = rows
    return runs


def scores(rows):
    """(WA, UA) in percent of [(speaker, label, hit)]."""
    by_class = {}
    for _, label, hit in rows:
        by_class.setdefault(label, []).append(hit)
    recalls = [statistics.fmean(hits) for hits in by_class.values()]
    hits = [hit for _, _, hit in rows]
    return 100 * statistics.fmean(hits), 100 * statistics.fmean(recalls)


def over_folds(folds):
    """Mean over folds of (WA, UA), and deviation over folds of UA."""
    values = [scores(rows) for rows in folds.values()]
    wa, ua = zip(*values)
    spread = statistics.stdev(ua) if len(ua) > 1 else 0.0
    return statistics.fmean(wa), statistics.fmean(ua), spread


def counts(folds_per_seed, speakers, classes):
    """Hits and utterances [speakers, classes, 2], summed over seeds and folds."""
    table = np.zeros((len(speakers), len(classes), 2))
    for folds in folds_per_seed:
        for rows in folds.values():
            for speaker, label, hit in rows:
                table[speakers[speaker], classes[label]] += (hit, 1)
    return table


def paired_interval(one, other, draws=2000):
    """95 % interval of the difference in pooled UA, resampling speakers."""
    rows = [r for folds in one for fold in folds.values() for r in fold]
    speakers = {s: i for i, s in enumerate(sorted({r[0] for r in rows}))}
    classes = {c: i for i, c in enumerate(sorted({r[1] for r in rows}))}
    tables = [counts(x, speakers, classes) for x in (one, other)]
    rng = np.random.default_rng(0)
    n = len(speakers)
    weights = rng.multinomial(n, [1 / n] * n, size=draws)  # [draws, speakers]
    ua = []
    for table in tables:
        total = np.einsum("ds,sck->dck", weights, table)
        ua.append((total[..., 0] / np.maximum(total[..., 1], 1)).mean(axis=1))
    low, high = np.percentile(100 * (ua[0] - ua[1]), [2.5, 97.5])
    return low, high


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folders", nargs="+", help="one output folder a seed")
    parser.add_argument("--against", default="from_scratch")
    options = parser.parse_args()
    runs = read_runs(options.folders)
    print("| labels | system | seeds | WA % | UA % | spread of UA over folds |")
    print("|---|---|---|---|---|---|")
    for (fraction, system), seeds in sorted(runs.items()):
        wa, ua, spread = zip(*(over_folds(f) for f in seeds.values()))
        several = len(ua) > 1
        line = [
            f"{np.mean(x):.1f}"
            + (f" ± {np.std(x, ddof=1):.1f}" if several else "")
            for x in (wa, ua)
        ]
        print(
            f"| {fraction} % | {system} | {len(ua)} | {line[0]} | {line[1]} "
            f"| {np.mean(spread):.1f} |"
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
