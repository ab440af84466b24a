"""Reads what the runs of a study have verified, from their output folders."""

import json
from typing import NamedTuple

from speechbrain.utils.logger import get_logger

from sb_contrastive.evaluation.verification.over_seeds.kept_scores import (
    read_scores,
    read_sides,
    score_file,
)
from sb_contrastive.suggestions import did_you_mean

logger = get_logger(__name__)


class Verified(NamedTuple):
    """Holds what one run has verified: scores and sides by the name of the trial list,
    the seconds that training the encoder has taken, None of an untrained one, and
    whether the scores are log-likelihood ratios."""

    scores: dict
    sides: dict
    seconds: float | None
    llr: bool


def read_verified(place, runs):
    """Read what a system has left in all runs of one name.

    Arguments
    ---------
    place : str
        "run/stage/system", or "run/stage" for the first system.
    runs : list of Run
        All runs of the study.

    Returns
    -------
    dict of int to Verified
        By seed; empty, with a warning, where no such run has ended.

    Raises
    ------
    ValueError
        When such a run has verified no such system.
    """
    name, stage, *system = place.split("/", 2)
    found = {}
    for run in runs:
        results = run.folder / "results.json"
        if run.name != name or not results.is_file():
            continue
        written = json.loads(results.read_text(encoding="utf-8"))
        titles = list(next(iter(written["metrics"].values()), {}))
        title = system[0] if system else (titles or [""])[0]
        path = score_file(run.folder / stage, title)
        if title not in titles or not path.is_file():
            told = did_you_mean(title, titles) if system else ""
            raise ValueError(
                f"{place!r}: {run.folder} has verified no system {title!r} in a "
                f"stage {stage!r}{told}"
            )
        found[run.seed] = Verified(
            read_scores(path),
            read_sides(run.folder / stage),
            _seconds(run.folder, title, written),
            any("Cllr" in rows[title] for rows in written["metrics"].values()),
        )
    if not found:
        logger.warning(f"{place}: left out, {name} has verified nothing yet")
    return found


def _seconds(folder, title, written):
    """Read how long the encoder of a system was trained; None where it was not."""
    for encoder, stage in written["protocol"].get("encoders", {}).items():
        if title == encoder or title.startswith(f"{encoder}, "):
            path = folder / str(stage) / "log.json"
            if path.is_file():
                log = json.loads(path.read_text(encoding="utf-8"))
                return log["train_seconds"]
    return None
