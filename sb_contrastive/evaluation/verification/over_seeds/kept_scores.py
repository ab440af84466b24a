"""The scores that a verification run has kept, and the speakers of the trials that they belong to."""

from pathlib import Path
from typing import NamedTuple

import numpy as np

from sb_contrastive.files import write_atomically

SIDES = "trials"  # folder beside the scores: what the trials of each list are


class TrialSides(NamedTuple):
    """Labels [T] of a trial list, and the number of the speaker on both sides of
    each trial [T]; None where speakers are unknown."""

    labels: np.ndarray
    first: np.ndarray | None
    second: np.ndarray | None


def trial_sides(trials, speakers):
    """Number the speakers of a trial list.

    Arguments
    ---------
    trials : Trials
        From `read_trials`.
    speakers : sequence or None
        Speaker of each of `trials.files`; None where they are unknown.

    Returns
    -------
    TrialSides

    Example
    -------
    >>> from sb_contrastive.data.trials.trial_list import Trials
    >>> trials = Trials([True, False], [0, 0], [1, 2], ["a1", "a2", "b1"])
    >>> trial_sides(trials, ["ann", "ann", "bob"]).second.tolist()
    [0, 1]
    """
    labels = np.asarray(trials.labels, dtype=bool)
    if speakers is None:
        return TrialSides(labels, None, None)
    _, code = np.unique([str(s) for s in speakers], return_inverse=True)
    return TrialSides(labels, code[trials.enrol], code[trials.test])


def score_file(folder, title):
    """Name the file of the scores of a system.

    Arguments
    ---------
    folder : pathlib.Path
        Of the scores of a run.
    title : str
        Of the system.

    Returns
    -------
    pathlib.Path

    Example
    -------
    >>> score_file(Path("verify"), "random weights, AS-norm").name
    'random_weights,_AS-norm.npz'
    """
    return folder / f"{title.replace(' ', '_')}.npz"


def read_scores(path):
    """Read the scores of a system.

    Arguments
    ---------
    path : str or pathlib.Path
        See `score_file`.

    Returns
    -------
    dict of str to numpy.ndarray
        Trial list -> scores [T].
    """
    with np.load(path) as kept:
        return dict(kept)


def write_scores(folder, scores):
    """Keep the scores of each system in a file.

    Arguments
    ---------
    folder : pathlib.Path
        Of the scores of a run.
    scores : dict of str to dict
        Title -> {trial list: scores [T]}.
    """
    for title, found in scores.items():
        _write_arrays(score_file(folder, title), found)


def write_sides(folder, sets):
    """Keep what the trials of each list are, so that scores can be compared
    without the lists.

    Arguments
    ---------
    folder : pathlib.Path
        Of the scores of a run.
    sets : dict of str to TrialSet
        Trial sets by name.
    """
    for name, given in sets.items():
        sides = trial_sides(given.trials, given.speakers)._asdict()
        known = {key: x for key, x in sides.items() if x is not None}
        _write_arrays(folder / SIDES / f"{name}.npz", known)


def read_sides(folder):
    """Read what `write_sides` has kept.

    Arguments
    ---------
    folder : pathlib.Path
        Of the scores of a run.

    Returns
    -------
    dict of str to TrialSides
        By the name of the trial list.
    """
    found = {}
    for path in sorted((Path(folder) / SIDES).glob("*.npz")):
        with np.load(path) as kept:
            sides = [kept.get(key) for key in TrialSides._fields]
        found[path.stem] = TrialSides(*sides)
    return found


def _write_arrays(path, arrays):
    def write(part):
        with open(part, "wb") as file:  # a path would get .npz added
            np.savez(file, **arrays)

    write_atomically(path, write)
