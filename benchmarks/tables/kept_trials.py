"""The file of kept trial scores: what is needed of them to compute a table of EER again.

EER and minDCF depend on the order of the scores alone, so the file holds ranks, in
two bytes a trial.
"""

import json
from pathlib import Path

import numpy as np
from costs import results_of

from sb_contrastive.data.channel_notice import has_simulated_channels
from sb_contrastive.evaluation.verification.over_seeds.kept_scores import (
    TrialSides,
    read_scores,
    read_sides,
)
from sb_contrastive.files import write_atomically

RANDOM = "random weights"
COSTS = (
    "train_seconds",
    "utterances_per_second",
    "data_wait_share",
    "trainable_parameters",
    "peak_memory_gib",
)


def read_trial_runs(places, names=None):
    """Read what folders, each named NAME_SEED, and kept files hold.

    `names` gives the systems of the folders other names, old -> new. A system is
    named as its folder, or, where a run has verified several encoders, as these;
    the encoder with random weights is a system too.

    Returns
    -------
    sides : dict of str to TrialSides
        Of each trial list.
    scores : dict of str to dict
        Trial list -> {system: {seed: scores [T]}}.
    told : dict of str to dict
        Seed -> {system: what made it, with its `cost`}.
    """
    sides, scores, told = {}, {}, {}
    for place in map(Path, places):
        read = _read_kept if place.suffix == ".npz" else _read_folder
        for found, into in zip(read(place, names or {}), (sides, scores, told)):
            _join(found, into)
    return sides, scores, told


def keep_trials(path, folders, names=None):
    """Write the ranks of the trials of output folders, and beside them, in a JSON,
    what made each system. What the file holds of other runs stays in it."""
    path = Path(path)
    places = [*folders, *([path] if path.exists() else [])]
    sides, scores, told = read_trial_runs(places, names)
    arrays = {}
    for name, found in sides.items():
        for part, values in found._asdict().items():
            if values is not None:
                small = bool if part == "labels" else np.int16
                arrays[f"trials/{name}/{part}"] = values.astype(small)
    for name, systems in scores.items():
        for system, seeds in systems.items():
            for seed, values in seeds.items():
                rank = np.unique(values, return_inverse=True)[1]
                if rank.max() >= 2**16:
                    raise ValueError(f"{name} has too many trials to be kept")
                key = f"scores/{name}/{system}/{seed}"
                arrays[key] = rank.astype(np.uint16)

    def write(part):
        with open(part, "wb") as file:  # a path would get .npz added
            np.savez_compressed(file, **dict(sorted(arrays.items())))

    text = json.dumps(told, indent=1, sort_keys=True) + "\n"
    write_atomically(path, write)
    write_atomically(_beside(path), lambda p: p.write_text(text))


def _beside(path):
    return path.with_suffix(".json")


def _read_folder(folder, names):
    system, seed = folder.name.rsplit("_", 1)
    sides = read_sides(folder / "verify")
    if not sides:
        raise ValueError(
            f"{folder} does not say which trials are of the same speaker: "
            f"run its stage verify again"
        )
    scores, stems = {}, {}
    for path in sorted((folder / "verify").glob("*.npz")):
        stems[path] = path.stem.replace("_", " ").split(", ")
    several = len({stem[0] for stem in stems.values()} - {RANDOM}) > 1
    for path, (encoder, *scoring) in stems.items():
        title = encoder if several or encoder == RANDOM else system
        title = ", ".join([names.get(title, title), *scoring])
        for name, values in read_scores(path).items():
            scores.setdefault(name, {})[title] = {seed: values}
    results, origin = results_of(folder)
    if has_simulated_channels(folder):
        origin["simulated_channels"] = True
    if results.get("train_seconds"):
        origin["cost"] = {key: results[key] for key in COSTS if key in results}
    return sides, scores, {seed: {names.get(system, system): origin}}


def _read_kept(path, _):
    sides, scores = {}, {}
    with np.load(path) as kept:
        for key, values in kept.items():
            kind, name, *title, last = key.split("/")
            if kind == "trials":
                sides.setdefault(name, {})[last] = values
            else:
                system = scores.setdefault(name, {})
                system.setdefault("/".join(title), {})[last] = values
    sides = {
        name: TrialSides(*(found.get(part) for part in TrialSides._fields))
        for name, found in sides.items()
    }
    told = json.loads(_beside(path).read_text("utf-8"))
    return sides, scores, told


def _join(found, into):
    """Add what is not there yet, at each level of nested dictionaries."""
    for key, value in found.items():
        if isinstance(value, dict) and key in into:
            _join(value, into[key])
        else:
            into.setdefault(key, value)
