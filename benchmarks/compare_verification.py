#!/usr/bin/env python3
"""Summarises speaker verification runs with several seeds in Markdown tables.

    python benchmarks/compare_verification.py results/sv/* \\
        --trials list.txt,other.txt [--against simclr_m0]

Each folder is the output of one run and is named NAME_SEED; runs of one NAME are
seeds of one system. The table of a trial list gives EER and minDCF as mean and
standard deviation over seeds, with a 95 % interval of the mean EER from
resampling the speakers of the list. The last column compares each system with
`--against`, on their common seeds and the same resamples.
"""

import argparse
import json
from pathlib import Path

import numpy as np

from sb_contrastive.data.manifests.manifest import read_manifest
from sb_contrastive.data.trials.trial_audio import trial_rows, trial_speakers
from sb_contrastive.data.trials.trial_list import read_trials
from sb_contrastive.evaluation.plots import score_histogram
from sb_contrastive.evaluation.resampling import draw_counts
from sb_contrastive.evaluation.verification.error_rates import METRICS
from sb_contrastive.evaluation.verification.weighted_rates import (
    trial_weights,
    weighted_metrics,
)

DRAWS = 1000


def read_runs(folders):
    """Read {trial list: {system: {seed: scores [T]}}} and {system: [seconds]}."""
    scores, seconds = {}, {}
    for folder in map(Path, folders):
        system, seed = folder.name.rsplit("_", 1)
        for path in sorted((folder / "verify").glob("*.npz")):
            # The encoder with random weights counts as a system too
            encoder, *scoring = path.stem.split(",_")
            title = encoder if encoder == "random_weights" else system
            title = ", ".join([title, *scoring])
            with np.load(path) as kept:
                for trials, values in kept.items():
                    seeds = scores.setdefault(trials, {}).setdefault(title, {})
                    seeds.setdefault(seed, values)
        log = json.loads((folder / "pretrain" / "log.json").read_text())
        seconds.setdefault(system, []).append(log["train_seconds"])
    return scores, seconds


def speaker_numbers(folder, path):
    """Return the labels and the numbers of both speakers of each trial, [T] each."""
    trials = read_trials(path)
    tested = read_manifest(folder / "manifests" / "trials.csv")
    speakers = trial_speakers(trials, trial_rows(trials, tested))
    _, code = np.unique(speakers, return_inverse=True)
    return trials.labels, code[trials.enrol], code[trials.test]


def path_of(name, paths):
    """Find the trial list that has this name in the runs."""
    for path in map(Path, paths):
        if name in (path.stem, f"{path.resolve().parent.name}_{path.stem}"):
            return path
    raise SystemExit(f"give the trial list {name} in --trials")


def table(systems, seconds, against, labels, first, second):
    """Yield the lines of a Markdown table."""
    drawn = draw_counts(1 + max(first.max(), second.max()), DRAWS, seed=0)
    weights = trial_weights(drawn, labels, first, second)
    # The first row of weights gives the metrics of the list itself
    weights = np.vstack([np.ones_like(weights[:1]), weights])
    found = {
        system: {
            s: weighted_metrics(x, labels, weights) for s, x in seeds.items()
        }
        for system, seeds in systems.items()
    }
    yield (
        "| system | seeds | EER % | 95 % interval | minDCF 0.01 | minDCF 0.05 "
        f"| minutes | EER less {against} (interval) |"
    )
    yield "|---|---|---|---|---|---|---|---|"
    for system, seeds in found.items():
        cells = [system.replace("_", " "), str(len(seeds))]
        for metric in METRICS:
            scale = 100 if metric == "EER" else 1
            values = [scale * m[metric][0] for m in seeds.values()]
            digits = 1 if metric == "EER" else 2
            cell = f"{np.mean(values):.{digits}f}"
            if len(values) > 1:
                cell += f" ± {np.std(values, ddof=1):.{digits}f}"
            cells.append(cell)
            if metric == "EER":
                mean = 100 * np.mean(
                    [m[metric] for m in seeds.values()], axis=0
                )
                cells.append(interval(mean[1:]))
        times = seconds.get(system)
        cells.append(f"{np.mean(times) / 60:.1f}" if times else "")
        base = found.get(against, {})
        common = [s for s in seeds if s in base]
        if system == against or not common:
            cells.append("")
        else:
            gaps = 100 * np.mean(
                [seeds[s]["EER"] - base[s]["EER"] for s in common], axis=0
            )
            cells.append(f"{gaps[0]:+.1f} ({interval(gaps[1:])})")
        yield f"| {' | '.join(cells)} |"


def pooled(seeds, labels):
    """Return target and non-target scores of all seeds together."""
    return tuple(
        np.concatenate([scores[side] for scores in seeds.values()])
        for side in (labels, ~labels)
    )


def interval(values):
    low, high = np.nanpercentile(values, [2.5, 97.5])
    return f"{low:.1f} to {high:.1f}"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "folders", nargs="+", help="output folders, each named NAME_SEED"
    )
    parser.add_argument(
        "--trials", required=True, help="trial lists, comma-separated"
    )
    parser.add_argument("--against", default="simclr_m0")
    parser.add_argument("--figures", type=Path, help="folder for histograms")
    parser.add_argument(
        "--draw", default="", help="systems in the histograms, comma-separated"
    )
    options = parser.parse_args()
    runs, seconds = read_runs(options.folders)
    for name, systems in runs.items():
        path = path_of(name, options.trials.split(","))
        labels, *speakers = speaker_numbers(Path(options.folders[0]), path)
        print(f"\n### {name}\n")
        for line in table(systems, seconds, options.against, labels, *speakers):
            print(line)
        if options.figures:
            drawn = {
                system.replace("_", " "): pooled(systems[system], labels)
                for system in options.draw.split(",")
            }
            note = "the scores of all seeds"
            score_histogram(
                drawn, options.figures / f"scores_{name}.png", name, note
            )


if __name__ == "__main__":
    main()
