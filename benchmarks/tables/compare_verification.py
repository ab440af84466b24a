#!/usr/bin/env python3
"""Summarises speaker verification runs with several seeds in Markdown tables.

    python benchmarks/tables/compare_verification.py results/sv/* [--against simclr_m0]
    python benchmarks/tables/compare_verification.py results/sv/* --keep docs/measurements/sv.npz
    python benchmarks/tables/compare_verification.py docs/measurements/sv.npz --list trials_test

Each argument is the output folder of one run, named NAME_SEED, or a file that
keeps the trials of several, so that the tables can be computed again when the
folders are gone; runs of one NAME are seeds of one system. The table of a trial
list gives EER and minDCF as mean and standard deviation over seeds, with a 95 %
interval of the mean EER from resampling the speakers of the list. The last column
compares each system with `--against`, on their common seeds and the same
resamples. A last table says what the systems have cost. `--summary` has the EER of
all lists and the costs in one table.
"""

import argparse
from pathlib import Path

import numpy as np
from costs import cost_cells, cost_table
from kept_trials import keep_trials, read_trial_runs
from renaming import add_rename, new_names

from sb_contrastive.data.channel_notice import NOTE
from sb_contrastive.evaluation.plots import score_histogram
from sb_contrastive.evaluation.verification.error_rates import METRICS
from sb_contrastive.evaluation.verification.over_seeds.paired import (
    compare_over_seeds,
)
from sb_contrastive.study.answers.systems import mean_deviation


def tables(options):
    """Return the lines of the tables of folders and kept files."""
    sides, lists, told = read_trial_runs(options.places)
    lines = [NOTE] if is_simulated(told) else []
    if options.systems:
        lists = {
            name: {t: x for t, x in found.items() if _named(t, options.systems)}
            for name, found in lists.items()
        }
        told = {
            seed: {t: x for t, x in found.items() if _named(t, options.systems)}
            for seed, found in told.items()
        }
    costs = {}
    for systems in told.values():
        for system, origin in systems.items():
            if "cost" in origin:
                costs.setdefault(system, []).append(origin["cost"])
    if options.summary:
        return [*lines, *_summary(lists, sides, costs)]
    for name, systems in lists.items():
        if options.list == name:
            lines += _error_rates(systems, options.against, sides[name])
        elif options.list is None and not options.costs:
            found = _error_rates(systems, options.against, sides[name])
            lines += ["", f"### {name}", "", *found]
    if options.list is not None and options.list not in lists:
        known = ", ".join(sorted(lists))
        raise SystemExit(f"no list is called {options.list}; known: {known}")
    if options.list is None:
        lines += [*([] if options.costs else [""]), *cost_table(costs)]
    return lines


def _summary(lists, sides, costs):
    found = {
        name: compare_over_seeds(systems, sides[name])
        for name, systems in lists.items()
    }
    heads = [f"EER %, {name}".replace("_", " ") for name in found]
    yield (
        f"| system | seeds | {' | '.join(heads)} | trained parameters "
        "| minutes, fastest run | peak, GiB |"
    )
    yield "|---" * (5 + len(heads)) + "|"
    rows = {}
    for name, systems in found.items():
        for system, row in systems.items():
            eer = mean_deviation(row["EER"])
            cell = f"{eer} ({_interval(row['interval'])})"
            rows.setdefault(system, {})[name] = np.mean(row["EER"]), cell, row
    for system, cells in sorted(
        rows.items(), key=lambda item: np.mean([c[0] for c in item[1].values()])
    ):
        own = [cells[name][1] if name in cells else "" for name in found]
        seeds = max(len(row["seeds"]) for _, _, row in cells.values())
        spent = next((c for s, c in costs.items() if _is_of(system, s)), [])
        line = [system.replace("_", " "), str(seeds), *own, *cost_cells(spent)]
        yield f"| {' | '.join(line)} |"


def _is_of(title, system):
    """Tell whether a title is that of a system, maybe in another scoring."""
    return title == system or title.startswith(f"{system}, ")


def _named(title, systems):
    return any(_is_of(title, system) for system in systems)


def is_simulated(told):
    """Tell whether recordings of any run were sent through simulated channels."""
    return any(
        origin.get("simulated_channels")
        for systems in told.values()
        for origin in systems.values()
    )


def _error_rates(systems, against, sides):
    yield (
        "| system | seeds | EER % | 95 % interval | minDCF 0.01 | minDCF 0.05 "
        f"| EER less {against} (interval) |"
    )
    yield "|---|---|---|---|---|---|---|"
    found = compare_over_seeds(systems, sides, against)
    for system, row in sorted(found.items()):
        cells = [system.replace("_", " "), str(len(row["seeds"]))]
        for metric in METRICS:
            digits = 1 if metric == "EER" else 2
            cells.append(mean_deviation(row[metric], digits))
            if metric == "EER":
                cells.append(_interval(row["interval"]))
        cells.append(
            f"{np.mean(row['gains']):+.1f} ({_interval(row['gain_interval'])})"
            if "gains" in row
            else ""
        )
        yield f"| {' | '.join(cells)} |"


def _interval(limits):
    return f"{limits[0]:.1f} to {limits[1]:.1f}" if limits else "?"


def pooled(seeds, labels):
    """Return target and non-target scores of all seeds together."""
    return tuple(
        np.concatenate([scores[side] for scores in seeds.values()])
        for side in (labels, ~labels)
    )


def draw(options):
    """Draw the histogram of the scores of each list."""
    sides, lists, told = read_trial_runs(options.places)
    for name, systems in lists.items():
        drawn = {
            system.replace("_", " "): pooled(
                systems[system], sides[name].labels
            )
            for system in options.draw.split(",")
        }
        note = f"{f'{NOTE} ' * is_simulated(told)}the scores of all seeds"
        figure = options.figures / f"scores_{name}.png"
        score_histogram(drawn, figure, name, note)


def parser():
    """Return the parser of the arguments."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "places",
        nargs="+",
        help="output folders, each named NAME_SEED, or files of --keep",
    )
    parser.add_argument(
        "--keep", help="NPZ to which the trials of the folders are added"
    )
    add_rename(parser)
    parser.add_argument("--against", default="simclr_m0")
    parser.add_argument(
        "--systems",
        nargs="+",
        help="the only ones of interest: names, or their beginnings up to a comma",
    )
    parser.add_argument("--list", help="the only trial list of interest")
    parser.add_argument(
        "--summary", action="store_true", help="all lists in one table"
    )
    parser.add_argument(
        "--costs", action="store_true", help="only the table of costs"
    )
    parser.add_argument(
        "--figures", type=Path, help="folder for histograms, of folders only"
    )
    parser.add_argument(
        "--draw", default="", help="systems in the histograms, comma-separated"
    )
    return parser


def main():
    options = parser().parse_args()
    if options.figures:
        draw(options)
    if options.keep:
        names = new_names(options)
        keep_trials(options.keep, options.places, names)
        options.places = [options.keep]
    print("\n".join(tables(options)))


if __name__ == "__main__":
    main()
