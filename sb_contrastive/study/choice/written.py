"""Reads from the YAML of a study which value is to be chosen: `choose`, the value and its candidates."""

import re

from sb_contrastive.study.choice.tries import STAGE
from sb_contrastive.suggestions import did_you_mean


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
