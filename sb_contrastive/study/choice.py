"""A value of a run that is chosen without labels: one try for each candidate, with the first seed."""

import json
import re
import shutil
from pathlib import Path
from typing import NamedTuple

from sb_contrastive.evaluation.embeddings.label_free.ranking import (
    GOODNESS,
    best_first,
    mean_ranks,
    measured,
)
from sb_contrastive.suggestions import did_you_mean

STAGE = "pretrain"  # the stage of a try, whose last epoch is looked at
LOG = "log.json"
# What a try leaves for a run to go on from: the training, and what it was made with
TRAINED = (STAGE, "manifests", "settings.json", "provenance.json")


class Choice(NamedTuple):
    """The name of a value that is to be chosen, its candidates, the output folder
    of the try of each, in the same order, and the seed of the tries."""

    key: str
    candidates: tuple
    folders: tuple
    seed: int


def read_choose(name, values, known):
    """Take `choose` out of the values of a run.

    Arguments
    ---------
    name : str
        Of the run.
    values : dict
        Its values; `choose`, where there is one, is taken out.
    known : iterable of str
        Names of the values of its experiment.

    Returns
    -------
    tuple or None
        Name of the value and list of its candidates; None where nothing is to be
        chosen.

    Raises
    ------
    ValueError
        When it is not one known value with a list of different candidates.

    Example
    -------
    >>> values = {"choose": {"lr": [0.1, 0.2]}, "stages": ["pretrain"]}
    >>> read_choose("swav", values, ["lr", "pretrain"]), values
    (('lr', [0.1, 0.2]), {'stages': ['pretrain']})
    >>> read_choose("swav", {"choose": {"lrs": [0.1]}}, ["lr", "pretrain"])
    Traceback (most recent call last):
    ...
    ValueError: run 'swav' of the study chooses 'lrs', which is no value of its experiment; did you mean 'lr'?
    """
    given = values.pop("choose", None)
    if given is None:
        return None
    if not isinstance(given, dict) or len(given) != 1:
        raise ValueError(
            f"run {name!r} of the study has choose: {given!r}: name one value "
            f"and its candidates, such as {{lr: [0.001, 0.002]}}"
        )
    ((key, candidates),) = given.items()
    if STAGE not in values.get("stages", known):
        raise ValueError(
            f"run {name!r} of the study chooses {key!r} by the stage {STAGE!r}, "
            f"which is not among its stages"
        )
    if key not in known:
        raise ValueError(
            f"run {name!r} of the study chooses {key!r}, which is no value of "
            f"its experiment{did_you_mean(key, known)}"
        )
    if key in values:
        raise ValueError(
            f"run {name!r} of the study chooses {key!r} and gives it as well: "
            f"leave one of the two out"
        )
    if not isinstance(candidates, (list, tuple)) or not candidates:
        raise ValueError(
            f"run {name!r} of the study chooses {key!r} among {candidates!r}: "
            f"give a list of one candidate or more"
        )
    labels = [candidate_name(name, key, value) for value in candidates]
    for label in labels:
        if labels.count(label) > 1:
            raise ValueError(
                f"run {name!r} of the study has two tries of the name "
                f"{label!r}: give each candidate of {key!r} once"
            )
    return key, list(candidates)


def candidate_name(name, key, value):
    """Name a try.

    Arguments
    ---------
    name, key : str
        Of the run and of the value.
    value : object
        The candidate.

    Returns
    -------
    str

    Example
    -------
    >>> candidate_name("swav", "lr", 0.001)
    'swav_lr_0.001'
    """
    return f"{name}_{key}_" + re.sub(r"[^\w.+-]+", "-", str(value))


def as_word(value):
    """Write a value as one argument of a command: a string as it is, but for the
    name null; others as JSON, which is valid YAML.

    Arguments
    ---------
    value : object
        A value of an experiment.

    Returns
    -------
    str

    Example
    -------
    >>> as_word("two words"), as_word(["a"]), as_word("null")
    ('two words', '["a"]', '"null"')
    """
    plain = isinstance(value, str) and value != "null"
    return value if plain else json.dumps(value, default=str)


def look_at(choice):
    """Read how the tries have ended.

    Arguments
    ---------
    choice : Choice
        The candidates and their folders.

    Returns
    -------
    list of dict
        For each candidate, `value` and the measures of the last epoch.

    Raises
    ------
    FileNotFoundError
        When a try has not ended yet.
    ValueError
        When a try was not measured.
    """
    rows = []
    for value, folder in zip(choice.candidates, choice.folders):
        path = Path(folder) / STAGE / LOG
        last = json.loads(path.read_text(encoding="utf-8"))["epochs"][-1]
        if not measured([last]):
            raise ValueError(
                f"{choice.key} cannot be chosen: {path} has no measures without "
                f"labels, for want of held-out utterances; raise "
                f"--pretrain_validation_share, or give more audio"
            )
        rows.append({"value": value, **{m: last[m] for m in GOODNESS}})
    return rows


def settled(run):
    """Put the chosen value into the command of a run.

    Arguments
    ---------
    run : Run
        Its tries have ended; one without a choice is returned as it is.

    Returns
    -------
    Run

    Raises
    ------
    FileNotFoundError, ValueError
        See `look_at`.
    """
    if run.choice is None:
        return run
    value = _best(look_at(run.choice))
    script, path, *rest = run.command
    command = [script, path, f"--{run.choice.key}", as_word(value), *rest]
    return run._replace(command=command, choice=None)


def go_on_from_try(run):
    """Let a run begin with what the chosen try has trained, where it has the same
    seed: it would train the same again, bit for bit.

    Arguments
    ---------
    run : Run
        With a choice, its tries have ended. Nothing is done where its folder is
        there already.
    """
    choice = run.choice
    if choice is None or choice.seed != run.seed or run.folder.exists():
        return
    chosen = choice.candidates.index(_best(look_at(choice)))
    part = run.folder.with_name(f"{run.folder.name}.part")
    shutil.rmtree(part, ignore_errors=True)  # of a copy that was interrupted
    part.mkdir(parents=True)
    for name in TRAINED:
        place = choice.folders[chosen] / name
        if place.is_dir():
            shutil.copytree(place, part / name)
        elif place.is_file():
            shutil.copy2(place, part / name)
    part.rename(run.folder)


def _best(rows):
    """Return the value of the best try."""
    return best_first(rows)[0]["value"]


def all_choices(runs):
    """Collect what has been chosen in a study.

    Arguments
    ---------
    runs : list of Run
        All of them; those whose tries have not ended are left out.

    Returns
    -------
    dict of str to dict
        Name of a run -> `key`, the chosen `value`, and `tries`: for each
        candidate its `value`, its measures and their `mean_rank`.
    """
    found = {}
    for run in runs:
        if run.choice is None or run.name in found:
            continue
        try:
            rows = look_at(run.choice)
        except (FileNotFoundError, ValueError):  # told when the run is executed
            continue
        ranks = mean_ranks(rows)
        found[run.name] = {
            "key": run.choice.key,
            "value": _best(rows),
            "tries": [
                {**row, "mean_rank": float(rank)}
                for row, rank in zip(rows, ranks)
            ],
        }
    return found
