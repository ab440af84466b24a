"""Tells what trained the weights that another run, an export, or somebody else has left."""

import json
from pathlib import Path

import yaml

from sb_contrastive.experiment.provenance.contents import digest
from sb_contrastive.experiment.provenance.record import (
    FILE,
    OUTPUT,
    SETTINGS,
    Record,
)
from sb_contrastive.export.cards.model_card import CARD

DEPTH = 5  # folders between a file of weights and those of its run
WEIGHTS = ".ckpt"
AUDIO = ("unlabelled", "manifest", "data_folder")


def origin(path, sha256=None):
    """Tell what trained a file of weights, as far as its folder knows.

    Arguments
    ---------
    path : str or pathlib.Path
        The file.
    sha256 : str, optional
        Of its content when it was used; that of now when absent.

    Returns
    -------
    dict
        `file` and `sha256`; of an exported model, `model` (its title), `command`,
        `data`, `versions` and `start` as its card has them; of a run, `stage`, `calls` and
        `data`, and the `starts` that it had itself.

    Example
    -------
    >>> path = getfixture("tmp_path") / "encoder.ckpt"
    >>> _ = path.write_text("weights")
    >>> {key: text[:8] for key, text in origin(path).items() if key == "sha256"}
    {'sha256': '9a129038'}
    """
    path = Path(path)
    found = {"file": str(path), "sha256": sha256 or digest(path)}
    card = path.with_name(CARD)
    if card.is_file():
        told = json.loads(card.read_text(encoding="utf-8"))
        kept = ("command", "data", "versions", "start")
        return {
            **found,
            "model": told["title"],
            **{key: told[key] for key in kept if key in told},
        }
    for folder in list(path.resolve().parents)[:DEPTH]:
        if (folder / FILE).is_file():
            return {**found, **_of_run(folder, path.resolve())}
    return found


def starts_of(record, stages):
    """List the origins of weights from elsewhere that stages have taken.

    Arguments
    ---------
    record : Record
        Of the run.
    stages : list of str
        Its stages.

    Returns
    -------
    list of dict
        See `origin`, each file once.
    """
    known, found = record.read(), {}
    for stage in stages:
        for place, sha256 in known.get(stage, {}).get("inputs", {}).items():
            outside = not place.startswith(f"{OUTPUT}/")
            if outside and place.endswith(WEIGHTS) and place not in found:
                found[place] = origin(place, sha256)
    return list(found.values())


def _of_run(folder, path):
    """Return what a run has recorded of the stage that left a file."""
    record = Record(folder)
    names = path.relative_to(folder).parts[:-1]
    # A system's folder is below that of a share of the labels
    stage = next((name for name in names if name in record.read()), None)
    if stage is None:
        return {}
    at = folder.joinpath(*names)
    units = [at, *at.parents]
    calls = next((c for u in units if (c := record.calls(stage, u))), [])
    found = {"stage": stage, "calls": calls or record.calls(stage)}
    if data := _audio(folder, stage):
        found["data"] = data
    if starts := starts_of(record, [stage]):
        found["starts"] = starts
    return found


def _audio(folder, stage):
    """Name the audio that a stage has heard, as the run was told it."""
    path = folder / SETTINGS
    if not path.is_file():
        return ""
    values = json.loads(path.read_text(encoding="utf-8")).get(stage, {})
    given = {key: yaml.safe_load(values.get(key) or "null") for key in AUDIO}
    return ", ".join(f"{key} {value}" for key, value in given.items() if value)
