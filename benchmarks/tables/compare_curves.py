#!/usr/bin/env python3
"""Draws the training curves of several runs, a panel for each logged value.

    python benchmarks/tables/compare_curves.py results/a/pretrain results/b/pretrain \\
        --titles "centred,not centred" --figures teacher_entropy,kl -o curves.png

The x axis is the share of training done, so that runs of different length can be
compared.
"""

import argparse
import json
from pathlib import Path

from sb_contrastive.evaluation.plots.figure import (
    COLOURS,
    INK,
    dress,
    new_figure,
    save,
)
from sb_contrastive.evaluation.plots.quantities import PANELS

COLUMNS = 3


def draw(logs, figures, path, title, note):
    """Draw a panel for each logged value, with a curve for each {title: epochs}."""
    rows = -(-len(figures) // COLUMNS)
    figure = new_figure(3.6 * COLUMNS, 2.5 * rows + 0.7, title, note)
    grid = figure.subplots(rows, COLUMNS, squeeze=False).flat
    for name, axes in zip(figures, grid):
        heading, factor = PANELS.get(name.removeprefix("valid_"), (name, 1))
        for colour, (run, epochs) in zip(COLOURS, logs.items()):
            done = [100 * (i + 1) / len(epochs) for i in range(len(epochs))]
            values = [factor * row[name] for row in epochs]
            axes.plot(done, values, marker="o", color=colour, label=run)
        dress(axes, heading)
    for axes in figure.axes[len(figures) :]:
        axes.set_visible(False)
    for axes in figure.axes[max(0, len(figures) - COLUMNS) : len(figures)]:
        axes.set_xlabel("training done (%)", color=INK, fontsize=9)
    figure.axes[0].legend(frameon=False, fontsize=8)
    return save(figure, path)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "folders", nargs="+", type=Path, help="folders with a log.json"
    )
    parser.add_argument(
        "--titles", required=True, help="names of the runs, comma-separated"
    )
    parser.add_argument(
        "--figures", required=True, help="keys of the log, comma-separated"
    )
    parser.add_argument("--title", default="Reference curves")
    parser.add_argument("--note", help="text below the curves")
    parser.add_argument("-o", "--output", required=True, type=Path)
    options = parser.parse_args()
    titles = options.titles.split(",")
    logs = {
        title: json.loads((folder / "log.json").read_text())["epochs"]
        for title, folder in zip(titles, options.folders, strict=True)
    }
    figures = options.figures.split(",")
    draw(logs, figures, options.output, options.title, options.note)


if __name__ == "__main__":
    main()
