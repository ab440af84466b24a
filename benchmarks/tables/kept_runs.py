"""The file of kept runs: what is needed of predictions to compute a table of UA again."""

import csv
import itertools
import json
from pathlib import Path

from costs import added, results_of

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

    Rows are those of `read_hits`. Runs of a file have the names that `keep` gave them.
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


def read_costs(places):
    """Read {system: [cost of each run]} of folders and kept files, see
    `joint_speed`; nothing of folders whose run told no costs."""
    costs = {}
    for place in map(Path, places):
        if place.suffix == ".csv":
            told = json.loads(_beside(place).read_text("utf-8"))
            found = [origins for _, origins in sorted(told.items())]
        elif (place / "results.json").is_file():
            found = [_origins(place)]
        else:
            found = []
        for origins in found:
            for system, origin in origins.items():
                costs.setdefault(system, []).append(origin["cost"])
    return costs


def keep(path, folders, run=None, names=None, start=None):
    """Write the hits of the systems in output folders, and beside them, in a
    JSON, what made each: its experiment, seed, versions and costs.

    A run is named as its folder, or by `run` where that is one of several that
    are to be paired. `names` gives systems other names, old -> new. `start` is
    (folder, system) of another run that trained what these systems start from:
    its cost is added to theirs. What the file holds of other runs and systems
    stays in it.
    """
    path, names = Path(path), names or {}
    rows, told = [], {}
    for folder in map(Path, folders):
        found = {
            (percent, names.get(system, system)): folds
            for (percent, system), folds in read_hits(folder).items()
        }
        own = run or folder.name
        rows += _counts(own, found)
        origins = _origins(folder)
        if not origins:
            raise ValueError(
                f"the results.json of {folder} tells no costs: run its stage "
                f"report again, then keep it"
            )
        if start is not None:
            before = _origins(start[0])[start[1]]["cost"]
            for origin in origins.values():
                origin["cost"] = added(before, origin["cost"])
        told.setdefault(own, {}).update(
            {_renamed(s, names): origin for s, origin in origins.items()}
        )
    if path.exists():
        new = {_place(row) for row in rows}
        with open(path, newline="", encoding="utf-8") as file:
            rows += [r for r in csv.DictReader(file) if _place(r) not in new]
        for own, origins in json.loads(
            _beside(path).read_text("utf-8")
        ).items():
            told[own] = {**origins, **told.get(own, {})}
    rows.sort(key=lambda row: [str(row[c]) for c in COLUMNS[:-2]])

    def write(part):
        with open(part, "w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)

    text = json.dumps(told, indent=1, sort_keys=True) + "\n"
    write_atomically(path, write)
    write_atomically(_beside(path), lambda p: p.write_text(text))


def _renamed(title, names):
    """Rename a system, also in a title such as "adapted, 10% of labels"."""
    system, *share = title.split(", ")
    return ", ".join([names.get(system, system), *share])


def _beside(path):
    return path.with_suffix(".json")


def _place(row):
    return str(row["run"]), str(row["labels"]), row["system"]


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


def _origins(folder):
    """Read what made each system of a run."""
    results, common = results_of(folder)
    cost = results.get("cost", {})
    return {system: {**common, "cost": cost[system]} for system in cost}
