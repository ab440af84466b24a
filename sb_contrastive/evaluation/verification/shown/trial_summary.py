"""A small file of what a trial list has shown: DET curves, histograms, and the trials that were farthest off."""

import json

import numpy as np

from sb_contrastive.evaluation.verification.error_rates import error_counts
from sb_contrastive.evaluation.verification.scores.score_bins import score_edges
from sb_contrastive.files import write_atomically

BINS = 50
EXAMPLES = 3
FLOOR = 2e-4  # error rates below are not drawn
GRID = 40  # points of a DET curve for each standard deviation


def write_trial_summary(path, given, scores):
    """Write what charts and the page show of a trial list.

    Arguments
    ---------
    path : str or pathlib.Path
        JSON to write.
    given : TrialSet
        The list, with the audio behind its names.
    scores : dict of str to numpy.ndarray
        Title of a system -> its scores [T].
    """
    labels = given.trials.labels
    found = {
        title: {
            "det": det_points(s[labels], s[~labels]),
            "histogram": histogram(s[labels], s[~labels]),
            "nearest_strangers": farthest_off(given, s, same=False),
            "farthest_twins": farthest_off(given, s, same=True),
        }
        for title, s in scores.items()
    }
    write_atomically(
        path, lambda part: part.write_text(json.dumps(found), encoding="utf-8")
    )


def det_points(positive, negative):
    """Thin a DET curve to what the eye can tell apart.

    Arguments
    ---------
    positive, negative : numpy.ndarray
        Scores of target and non-target trials.

    Returns
    -------
    list of list
        [share of false alarms, share of misses] along the thresholds.

    Example
    -------
    >>> det_points(np.array([0.9, 0.3]), np.array([0.5, 0.1]))
    [[0.9998, 0.0002], [0.5, 0.0002], [0.5, 0.5], [0.0002, 0.5], [0.0002, 0.9998]]
    """
    from scipy.special import ndtri

    _, misses, alarms, P, N = error_counts(positive, negative)
    rates = np.clip([alarms / N, misses / P], FLOOR, 1 - FLOOR)  # [2, U + 1]
    cells = np.round(ndtri(rates) * GRID)
    moved = (np.diff(cells) != 0).any(axis=0)
    kept = rates[:, np.append(True, moved)]
    return [[round(float(v), 5) for v in point] for point in kept.T]


def histogram(positive, negative):
    """Count the scores of both kinds of trials in common bins.

    Arguments
    ---------
    positive, negative : numpy.ndarray
        Scores of target and non-target trials.

    Returns
    -------
    dict
        `edges`, and counts of `targets` and `nontargets`.
    """
    both = np.concatenate([positive, negative])
    edges = score_edges(both, BINS)
    return {
        "edges": edges.tolist(),
        "targets": np.histogram(positive, edges)[0].tolist(),
        "nontargets": np.histogram(negative, edges)[0].tolist(),
    }


def farthest_off(given, scores, same, most=EXAMPLES):
    """Find the strangers that score highest, or the recordings of one speaker
    that score lowest.

    Arguments
    ---------
    given : TrialSet
        The list.
    scores : numpy.ndarray
        [T].
    same : bool
        Whether to look at the trials of one speaker.
    most : int
        How many pairs of files.

    Returns
    -------
    list of dict
        `score`, and `sides`, a manifest row each (`name`, `wav`, `start`,
        `stop`), each pair of files once.
    """
    trials = given.trials
    at = np.flatnonzero(trials.labels == same)
    order = at[np.argsort(scores[at] if same else -scores[at], kind="stable")]
    rows = dict(zip(trials.audio(), given.rows))
    found = {}
    for trial in order[: 20 * most].tolist():
        pair = int(trials.enrol[trial]), int(trials.test[trial])
        if frozenset(pair) in found or len(found) == most:
            continue
        found[frozenset(pair)] = {
            "score": round(float(scores[trial]), 4),
            "sides": [_side(trials, rows, i) for i in pair],
        }
    return list(found.values())


def _side(trials, rows, number):
    """Return the audio of a name; of a model, its first file."""
    name = trials.files[number]
    row = rows[trials.models.get(number, [name])[0]]
    return {
        "name": name,
        "wav": str(row["wav"]),
        "start": int(row["start"]),
        "stop": int(row["stop"]),
    }
