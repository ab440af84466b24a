"""The tries of a value that is chosen without labels: one for each candidate, with the first seed."""

import json
from pathlib import Path
from typing import NamedTuple

from sb_contrastive.evaluation.embeddings.label_free.ranking import (
    GOODNESS,
    best_first,
    mean_ranks,
    measured,
)

STAGE = "pretrain"  # the stage of a try, whose last epoch is looked at
LOG = "log.json"


class Choice(NamedTuple):
    """The name of a value that is to be chosen, its candidates, the output folder
    of the try of each, in the same order, and the seed of the tries."""

    key: str
    candidates: tuple
    folders: tuple
    seed: int


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


def best_value(rows):
    """Return the value of the best try, of rows from `look_at`."""
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
            "value": best_value(rows),
            "tries": [
                {**row, "mean_rank": float(rank)}
                for row, rank in zip(rows, ranks)
            ],
        }
    return found
