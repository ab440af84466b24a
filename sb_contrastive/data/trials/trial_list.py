"""Reads lists of verification trials: pairs of files to compare."""

from array import array
from pathlib import Path
from typing import NamedTuple

import numpy as np
from speechbrain.utils.logger import get_logger

from sb_contrastive.suggestions import did_you_mean

logger = get_logger(__name__)

VOXCELEB = {"1": True, "0": False}
KALDI = {"target": True, "nontarget": False}


class Trials(NamedTuple):
    """Who is compared with whom; each file is named once."""

    labels: np.ndarray  # bool [T], True where the speaker is the same
    enrol: np.ndarray  # int [T], index into files
    test: np.ndarray  # int [T], index into files
    files: list  # N names, in the order of their first appearance
    source: str = "the trials"  # for messages


def read_trials(path):
    """Reads a trial list: VoxCeleb's form, label first (`1 enrol test`), or
    Kaldi's, label last (`utt1 utt2 target`); the first line decides which.

    Trials that come twice stay, since published results count them. So does a
    target trial of a file with itself, for the same reason, but a warning
    tells how many there are, as they are won by any system; a non-target
    trial of a file with itself is an error.

    Arguments
    ---------
    path : str or Path
        Text in UTF-8, one trial a line; empty lines are passed over.

    Returns
    -------
    Trials
        Labels [T], two index arrays [T] into the list of distinct names.

    Raises
    ------
    FileNotFoundError
        When there is no such list.
    ValueError
        When a line is no trial, or there are only targets or only
        non-targets; the message names file and line.

    Example
    -------
    >>> path = getfixture("tmp_path") / "trials.txt"
    >>> _ = path.write_text("1 ann/1.wav ann/2.wav\\n0 ann/1.wav bob/1.wav\\n")
    >>> trials = read_trials(path)
    >>> trials.labels.tolist(), trials.enrol.tolist(), trials.test.tolist()
    ([True, False], [0, 0], [1, 2])
    >>> trials.files
    ['ann/1.wav', 'ann/2.wav', 'bob/1.wav']
    """
    path = Path(path).expanduser()
    if not path.is_file():
        near = path.parent.iterdir() if path.parent.is_dir() else []
        raise FileNotFoundError(
            f"there is no trial list {path}"
            + did_you_mean(path.name, [p.name for p in near])
        )
    try:
        trials, own = _parse(path)
    except UnicodeDecodeError as error:
        raise ValueError(f"{path} is not text in UTF-8: {error}") from error
    T = len(trials.labels)
    targets = int(trials.labels.sum())
    if T == 0:
        raise ValueError(f"{path} lists no trial")
    if targets in (0, T):
        kind, other = ("target", "non-target")[:: 1 if targets else -1]
        raise ValueError(
            f"{path} has {T} {kind} trials and no {other} trial; error rates "
            "need both"
        )
    if own:
        logger.warning(
            f"{path} compares a file with itself in {len(own)} target trials, "
            f"first at line {own[0]}: they are kept, and any system wins them"
        )
    return trials


def _parse(path):
    """Trials of a file, and the lines where a file meets itself."""
    labels, enrol, test = array("b"), array("i"), array("i")
    index, own, meaning = {}, [], None
    # a million lines: nothing is called in the loop but what each line needs
    with open(path, encoding="utf-8-sig") as file:
        for number, line in enumerate(file, start=1):
            fields = line.split()
            if not fields:
                continue
            if meaning is None:
                kaldi = fields[-1] in KALDI
                meaning = KALDI if kaldi else VOXCELEB
            try:
                if kaldi:
                    first, second, label = fields
                else:
                    label, first, second = fields
                labels.append(meaning[label])
            except (ValueError, KeyError):
                raise ValueError(
                    f"{path}:{number} {_mistake(fields, meaning)}"
                ) from None
            enrol.append(index.setdefault(first, len(index)))
            test.append(index.setdefault(second, len(index)))
            if first == second:
                if not meaning[label]:
                    raise ValueError(
                        f"{path}:{number} calls {first} and itself different "
                        "speakers"
                    )
                own.append(number)
    trials = Trials(
        np.frombuffer(labels, dtype=np.bool_).copy(),
        np.frombuffer(enrol, dtype=np.int32).astype(np.int64),
        np.frombuffer(test, dtype=np.int32).astype(np.int64),
        list(index),
        str(path),
    )
    return trials, own


def _mistake(fields, meaning):
    form = "'enrol test target'" if meaning is KALDI else "'1 enrol test'"
    if len(fields) != 3:
        return (
            f"has {len(fields)} fields, not the 3 of {form}; names of files "
            "may not hold blanks"
        )
    label = fields[-1 if meaning is KALDI else 0]
    known = " and ".join(map(repr, meaning))
    return (
        f"has the label {label!r}, but those of a list in the form {form} are "
        f"{known}{did_you_mean(label, meaning)}"
    )
