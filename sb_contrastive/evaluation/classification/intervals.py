"""Confidence intervals of classification scores: bootstrap over speakers."""

import numpy as np

from sb_contrastive.evaluation.classification.confusion import (
    as_list,
    confusion_cells,
    confusion_scores,
)
from sb_contrastive.evaluation.resampling import resampled_intervals


def bootstrap_intervals(
    labels, predictions, groups, classes, draws=1000, seed=0, level=0.95
):
    """Computes percentile bootstrap intervals of the scores by resampling whole
    groups of utterances.

    Utterances of one speaker resemble each other, so speakers are drawn with
    replacement, each with all of their utterances; drawing utterances instead
    would give intervals that are too narrow.

    Arguments
    ---------
    labels : sequence
        True class of each utterance.
    predictions : sequence
        Predicted class of each utterance, in the same order.
    groups : sequence
        Speaker (or subject) of each utterance, in the same order.
    classes : sequence
        The class names.
    draws : int
        Number of resamples.
    seed : int
        Same seed, same intervals, in any order of the utterances.
    level : float
        Coverage, between 0 and 1.

    Returns
    -------
    intervals : dict
        {metric: [low, high]} as fractions.

    Raises
    ------
    ValueError
        As ``classification_report``, and if there are fewer than two groups.

    Example
    -------
    >>> intervals = bootstrap_intervals(
    ...     ["a", "b"] * 4, ["a", "b", "a", "a"] * 2, ["s1", "s2"] * 4, ["a", "b"]
    ... )
    >>> list(intervals)
    ['WA', 'UA', 'macro_F1', 'weighted_F1', 'micro_F1']
    """
    classes = as_list(classes)
    groups = [str(group) for group in as_list(groups)]
    pairs = confusion_cells(labels, predictions, classes)
    if len(groups) != len(pairs):
        raise ValueError(f"{len(pairs)} labels but {len(groups)} groups")
    names, group = np.unique(groups, return_inverse=True)
    G, C = len(names), len(classes)
    if G < 2:
        raise ValueError(
            "a bootstrap over groups needs at least two of them, got only "
            f"{names[0]!r}"
        )
    cells = np.bincount(group * C * C + pairs, minlength=G * C * C)
    cells = cells.reshape(G, C * C)

    def measure(times_drawn):  # [R, G]
        return confusion_scores((times_drawn @ cells).reshape(-1, C, C))

    return resampled_intervals(measure, G, draws, seed, level)
