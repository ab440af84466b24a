"""Reader of trial lists: pairs of files to compare in speaker verification."""

from array import array
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
from speechbrain.utils.logger import get_logger

from sb_contrastive.data.trials.models import models_beside, read_models
from sb_contrastive.data.trials.trial_form import find_form
from sb_contrastive.suggestions import did_you_mean

logger = get_logger(__name__)

FORMS = "'1 enrol test', 'enrol test 1' or 'enrol test target'"


class Trials(NamedTuple):
    """The pairs of files that a trial list compares; each file is named once.
    A name may be a model, a speaker who is enrolled with several files.

    Readers of one list share it, so its arrays are not to be changed.
    """

    labels: np.ndarray  # bool [T], True where the speaker is the same
    enrol: np.ndarray  # int [T], index into files
    test: np.ndarray  # int [T], index into files
    files: list  # N names, in the order of their first appearance
    source: str = "the trials"  # for messages
    lines: np.ndarray = None  # int [T], where each trial stands in the source
    models: dict = {}  # index into files -> names of the files of that model
    models_source: str | None = None  # the list of models, where there is one

    def audio(self):
        """Returns the names of all files to embed: `files`, with those of each
        model in the place of its name."""
        if not self.models:
            return self.files
        names = (
            name
            for i, given in enumerate(self.files)
            for name in self.models.get(i, [given])
        )
        return list(dict.fromkeys(names))

    def places(self):
        """Returns where each file is first named, as "trials.txt:1"."""
        T = len(self.labels)
        if self.lines is None:
            return [self.source] * len(self.files)
        first = np.full(len(self.files), T)
        for side in (self.enrol, self.test):
            np.minimum.at(first, side, np.arange(T))
        return [f"{self.source}:{line}" for line in self.lines[first].tolist()]


def read_trials(path):
    """Reads a trial list: a label and two names a line, as in VoxCeleb (`1 enrol
    test`), in Kaldi (`utt1 utt2 target`) or in CN-Celeb (`model test 1`).

    Fields are separated by blanks, tabs, commas or semicolons; there may be a
    header. The files of a model, which is enrolled with several, are read from
    enroll.lst, enroll.map or spk2utt beside the list.

    The list is parsed once per process, however often it is asked for, unless
    the file changes.

    Repeated trials are kept, since published results count them. So is a
    target trial of a file with itself, but a warning says how many there are,
    because any system gets them right. A non-target trial of a file with
    itself is an error.

    Arguments
    ---------
    path : str or Path
        Text in UTF-8, one trial per line; empty lines are skipped.

    Returns
    -------
    Trials
        Labels [T], two index arrays [T] into the list of distinct names.

    Raises
    ------
    FileNotFoundError
        When there is no such list.
    ValueError
        When a line is not a trial, or there are only targets or only
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
    models = models_beside(path)
    files = [path] if models is None else [path, models]
    states = [(f.stat().st_mtime_ns, f.stat().st_size) for f in files]
    return _read(path, models, tuple(states))


# The steps of a run name a list by its path: preparing the corpus, choosing the
# training speakers, scoring. A list of VoxCeleb has half a million lines.
@lru_cache(maxsize=8)
def _read(path, models, _states):
    """Parse a list and check that error rates can be computed from it."""
    try:
        trials, own = _parse(path)
    except UnicodeDecodeError as error:
        raise ValueError(f"{path} is not text in UTF-8: {error}") from error
    if models is not None:
        known = read_models(models)
        own_files = {
            i: known[name]
            for i, name in enumerate(trials.files)
            if name in known and known[name] != [name]
        }
        trials = trials._replace(models=own_files, models_source=str(models))
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
    """Return the trials of a list, and the lines that compare a file with itself."""
    labels, lines = array("b"), array("i")
    enrol, test = array("i"), array("i")
    index, own = {}, []
    with open(path, encoding="utf-8-sig") as file:
        form, header = find_form(file)
        last, meaning = (form.last, form.meaning) if form else (False, {})
        split = form.split if form and form.delimiter else str.split
        file.seek(0)
        # a million lines: the loop calls nothing but what each line needs
        for number, line in enumerate(file, start=1):
            if number <= header:
                continue
            fields = split(line)
            if not fields:
                continue
            try:
                if last:
                    first, second, label = fields
                else:
                    label, first, second = fields
                labels.append(meaning[label])
            except (ValueError, KeyError):
                raise ValueError(
                    f"{path}:{number} {_problem(fields, line, form)}"
                ) from None
            enrol.append(index.setdefault(first, len(index)))
            test.append(index.setdefault(second, len(index)))
            lines.append(number)
            if first == second:
                if not meaning[label]:
                    raise ValueError(
                        f"{path}:{number} calls {first} and itself different "
                        "speakers"
                    )
                own.append(number)
    columns = [
        np.frombuffer(labels, dtype=np.bool_).copy(),
        *(np.frombuffer(x, np.int32).astype(np.int64) for x in (enrol, test)),
    ]
    lines = np.frombuffer(lines, dtype=np.int32).copy()
    for column in (*columns, lines):
        column.flags.writeable = False
    return Trials(*columns, list(index), str(path), lines), own


def _problem(fields, line, form):
    """Say why a line is not a trial."""
    if form is None:
        seen = line.strip()
        seen = seen if len(seen) < 80 else f"{seen[:77]}..."
        return f"is {seen!r}, which is no trial: a line is {FORMS}"
    if len(fields) != 3:
        return (
            f"has {len(fields)} fields, not the 3 of {form.example()!r}; a name"
            " that holds blanks needs tabs or commas between the fields"
        )
    label = fields[-1 if form.last else 0]
    known = " and ".join(map(repr, form.words))
    return (
        f"has the label {label!r}, but those of a list in the form"
        f" {form.example()!r} are {known}{did_you_mean(label, form.words)}"
    )
