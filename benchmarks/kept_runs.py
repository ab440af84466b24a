"""The file of kept runs: what is needed of predictions to compute a table of UA again."""

import csv
import itertools
import json
from pathlib import Path

from sb_contrastive.evaluation.paired import read_hits
from sb_contrastive.files import write_atomically

COLUMNS = (
    "run",
    "labels",
    "system",
    "fold",
    "spk_id",
    "label",
    "utterances",
    "hits",
)


def read_runs(places):
    """Read {(percent, system): {run: {fold: rows}}} of folders and kept files.

    Rows are those of `read_hits`. A run that is kept in a file is named as its
    output folder was.
    """
    runs = {}
    for place in map(Path, places):
        if place.suffix == ".csv":
            found = _read_kept(place)
        else:
            found = {
                key: {str(place): f} for key, f in read_hits(place).items()
            }
        for key, seeds in found.items():
            runs.setdefault(key, {}).update(seeds)
    return runs


def keep(path, folders):
    """Write the hits of the runs in output folders, and beside them, in a JSON,
    what each run was: its experiment, seed, versions and costs.

    Runs of other names that the file holds already stay in it.
    """
    path, folders = Path(path), [Path(folder) for folder in folders]
    named = {folder.name: folder for folder in folders}
    rows, told = [], {}
    if path.exists():
        with open(path, newline="", encoding="utf-8") as file:
            rows = [r for r in csv.DictReader(file) if r["run"] not in named]
        told = json.loads(path.with_suffix(".json").read_text("utf-8"))
    for name, folder in named.items():
        rows += _counts(name, read_hits(folder))
        told[name] = _origin(folder)
    rows.sort(key=lambda row: [str(row[c]) for c in COLUMNS[:-2]])

    def write(part):
        with open(part, "w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)

    text = json.dumps(dict(sorted(told.items())), indent=1) + "\n"
    write_atomically(path, write)
    write_atomically(path.with_suffix(".json"), lambda p: p.write_text(text))


def _read_kept(path):
    """Read {(percent, system): {run: {fold: rows}}} of a kept file."""
    runs = {}
    with open(path, newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            seeds = runs.setdefault((int(row["labels"]), row["system"]), {})
            rows = seeds.setdefault(row["run"], {}).setdefault(row["fold"], [])
            hits = int(row["hits"])
            misses = int(row["utterances"]) - hits
            rows += [(row["spk_id"], row["label"], True)] * hits
            rows += [(row["spk_id"], row["label"], False)] * misses
    return runs


def _counts(run, found):
    """Count the utterances and hits of each speaker and label."""
    for (percent, system), folds in found.items():
        for fold, rows in folds.items():
            for (speaker, label), same in itertools.groupby(
                sorted(rows), key=lambda row: row[:2]
            ):
                hits = [hit for _, _, hit in same]
                told = (run, percent, system, fold, speaker, label)
                counts = (len(hits), sum(hits))
                yield dict(zip(COLUMNS, (*told, *counts)))


def _origin(folder):
    """Read what a run says of itself, without the paths of its machine."""
    results = json.loads((folder / "results.json").read_text("utf-8"))
    kept = ("experiment", "seed", "versions", "cost")
    return {key: results[key] for key in kept}
