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

from sb_contrastive.data.channel_notice import NOTE, has_simulated_channels
from sb_contrastive.data.manifests.manifest import read_manifest
from sb_contrastive.data.trials.trial_audio import trial_rows, trial_speakers
from sb_contrastive.data.trials.trial_list import read_trials
from sb_contrastive.evaluation.plots import score_histogram
from sb_contrastive.evaluation.verification.error_rates import METRICS
from sb_contrastive.evaluation.verification.over_seeds.kept_scores import (
    read_scores,
    trial_sides,
)
from sb_contrastive.evaluation.verification.over_seeds.paired import (
    compare_over_seeds,
)


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
            for trials, values in read_scores(path).items():
                seeds = scores.setdefault(trials, {}).setdefault(title, {})
                seeds.setdefault(seed, values)
        log = json.loads((folder / "pretrain" / "log.json").read_text())
        seconds.setdefault(system, []).append(log["train_seconds"])
    return scores, seconds


def sides_of(folder, path):
    """Read the labels of a trial list and the speakers of both sides."""
    trials = read_trials(path)
    tested = read_manifest(folder / "manifests" / "trials.csv")
    return trial_sides(
        trials, trial_speakers(trials, trial_rows(trials, tested))
    )


def path_of(name, paths):
    """Find the trial list that has this name in the runs."""
    for path in map(Path, paths):
        if name in (path.stem, f"{path.resolve().parent.name}_{path.stem}"):
            return path
    raise SystemExit(f"give the trial list {name} in --trials")


def table(systems, seconds, against, sides):
    """Yield the lines of a Markdown table."""
    yield (
        "| system | seeds | EER % | 95 % interval | minDCF 0.01 | minDCF 0.05 "
        f"| minutes | EER less {against} (interval) |"
    )
    yield "|---|---|---|---|---|---|---|---|"
    found = compare_over_seeds(systems, sides, against)
    for system, row in found.items():
        cells = [system.replace("_", " "), str(len(row["seeds"]))]
        for metric in METRICS:
            digits = 1 if metric == "EER" else 2
            cell = f"{np.mean(row[metric]):.{digits}f}"
            if len(row[metric]) > 1:
                cell += f" ± {np.std(row[metric], ddof=1):.{digits}f}"
            cells.append(cell)
            if metric == "EER":
                cells.append(interval(row["interval"]))
        times = seconds.get(system)
        cells.append(f"{np.mean(times) / 60:.1f}" if times else "")
        cells.append(
            f"{np.mean(row['gains']):+.1f} ({interval(row['gain_interval'])})"
            if "gains" in row
            else ""
        )
        yield f"| {' | '.join(cells)} |"


def pooled(seeds, labels):
    """Return target and non-target scores of all seeds together."""
    return tuple(
        np.concatenate([scores[side] for scores in seeds.values()])
        for side in (labels, ~labels)
    )


def interval(limits):
    """Write an interval, where there is one."""
    return f"{limits[0]:.1f} to {limits[1]:.1f}" if limits else "?"


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
    simulated = any(map(has_simulated_channels, options.folders))
    if simulated:
        print(NOTE)
    for name, systems in runs.items():
        path = path_of(name, options.trials.split(","))
        sides = sides_of(Path(options.folders[0]), path)
        print(f"\n### {name}\n")
        for line in table(systems, seconds, options.against, sides):
            print(line)
        if options.figures:
            drawn = {
                system.replace("_", " "): pooled(systems[system], sides.labels)
                for system in options.draw.split(",")
            }
            note = f"{f'{NOTE} ' * simulated}the scores of all seeds"
            score_histogram(
                drawn, options.figures / f"scores_{name}.png", name, note
            )


if __name__ == "__main__":
    main()
