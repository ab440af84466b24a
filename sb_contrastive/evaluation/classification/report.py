"""Scores of a classifier of utterances: WA, UA, F1, confusion, intervals.

Names as in speech emotion recognition: *weighted accuracy* (WA) is the plain
share of correct utterances, *unweighted accuracy* (UA) the mean recall of the
classes. All values are fractions and all come from the confusion matrix.
"""

import numpy as np

from sb_contrastive.suggestions import did_you_mean

METRICS = ("WA", "UA", "macro_F1", "weighted_F1", "micro_F1")


def classification_report(labels, predictions, classes):
    """Scores predictions against labels.

    UA is the mean recall over the classes present in ``labels``; macro-F1 the
    mean F1 over the classes present in ``labels`` or ``predictions`` (as in
    scikit-learn). Every utterance has one label and one prediction, so
    micro-F1 equals WA.

    Arguments
    ---------
    labels : sequence
        True class of each utterance.
    predictions : sequence
        Predicted class of each utterance, in the same order.
    classes : sequence
        The class names; gives the order of the confusion matrix.

    Returns
    -------
    report : dict
        ``WA``, ``UA``, ``macro_F1``, ``weighted_F1``, ``micro_F1`` as
        fractions; ``class_F1`` as {class: F1, or None where the class is
        neither spoken nor predicted}; ``confusion`` as a list of lists of
        counts (rows: truth, columns: prediction); ``classes``.

    Raises
    ------
    ValueError
        If there is nothing to score, the lengths differ, or a label or
        prediction is not among the classes.

    Example
    -------
    >>> report = classification_report(
    ...     ["sad", "sad", "sad", "joy"], ["sad", "sad", "joy", "joy"],
    ...     classes=["joy", "sad"],
    ... )
    >>> report["WA"], round(report["UA"], 4), report["confusion"]
    (0.75, 0.8333, [[1, 0], [1, 2]])
    """
    classes = _as_list(classes)
    pairs = _class_pairs(labels, predictions, classes)
    C = len(classes)
    confusion = np.bincount(pairs, minlength=C * C).reshape(C, C)
    report = {name: float(x) for name, x in _scores(confusion).items()}
    f1, counted = _class_f1(confusion)
    report["class_F1"] = {
        name: float(f1[i]) if counted[i] else None
        for i, name in enumerate(classes)
    }
    report["confusion"] = confusion.tolist()
    report["classes"] = classes
    return report


def bootstrap_intervals(
    labels, predictions, groups, classes, draws=1000, seed=0, level=0.95
):
    """Percentile bootstrap intervals of the scores, resampling whole groups.

    Utterances of one speaker resemble each other, so speakers are drawn with
    replacement, each with all its utterances; drawing utterances instead
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
        Same seed, same intervals, whatever the order of the utterances.
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
    >>> sorted(intervals) == sorted(METRICS)
    True
    """
    classes = _as_list(classes)
    groups = [str(group) for group in _as_list(groups)]
    pairs = _class_pairs(labels, predictions, classes)
    if len(groups) != len(pairs):
        raise ValueError(f"{len(pairs)} labels but {len(groups)} groups")
    names, group = np.unique(groups, return_inverse=True)
    G, C = len(names), len(classes)
    if G < 2:
        raise ValueError(
            "a bootstrap over groups needs at least two of them, got only "
            f"{names[0]!r}"
        )
    if draws < 1 or not 0 < level < 1:
        raise ValueError(
            "draws must be at least 1 and level between 0 and 1, got "
            f"{draws} and {level}"
        )
    confusions = np.bincount(group * C * C + pairs, minlength=G * C * C)
    confusions = confusions.reshape(G, C * C)
    generator = np.random.default_rng(seed)
    times_drawn = generator.multinomial(G, [1 / G] * G, size=draws)  # [R, G]
    resampled = (times_drawn @ confusions).reshape(draws, C, C)  # [R, C, C]
    tails = [(1 - level) / 2, (1 + level) / 2]
    return {
        name: np.quantile(values, tails).tolist()
        for name, values in _scores(resampled).items()
    }


def _scores(confusion):
    """{metric: [...]} of confusion matrices [..., C, C], rows truth."""
    hits = np.diagonal(confusion, axis1=-2, axis2=-1)  # [..., C]
    support = confusion.sum(-1)  # [..., C]
    total = support.sum(-1)  # [...]
    present = support > 0
    recall = hits / np.maximum(support, 1)
    f1, counted = _class_f1(confusion)
    accuracy = hits.sum(-1) / total
    return {
        "WA": accuracy,
        "UA": recall.sum(-1) / present.sum(-1),
        "macro_F1": f1.sum(-1) / counted.sum(-1),
        "weighted_F1": (f1 * support).sum(-1) / total,
        "micro_F1": accuracy,
    }


def _class_f1(confusion):
    """F1 of each class [..., C], 0 where undefined, and where it is defined."""
    hits = np.diagonal(confusion, axis1=-2, axis2=-1)
    seen = confusion.sum(-1) + confusion.sum(-2)  # spoken + predicted
    return 2 * hits / np.maximum(seen, 1), seen > 0


def _class_pairs(labels, predictions, classes):
    """Truth x C + prediction for each utterance, [N]."""
    labels, predictions = _as_list(labels), _as_list(predictions)
    if len(labels) != len(predictions):
        raise ValueError(
            f"{len(labels)} labels but {len(predictions)} predictions"
        )
    if not labels:
        raise ValueError("there is no prediction to score")
    index = {name: i for i, name in enumerate(classes)}
    if len(index) != len(classes):
        raise ValueError(f"a class is named twice in {classes}")
    truth = _indices(labels, index, "label")
    guess = _indices(predictions, index, "prediction")
    return truth * len(classes) + guess


def _indices(names, index, what):
    for position, name in enumerate(names):
        if name not in index:
            known = [str(c) for c in index]
            raise ValueError(
                f"{what} {name!r} of utterance {position} is not one of the "
                f"classes {', '.join(known)}{did_you_mean(name, known)}"
            )
    return np.array([index[name] for name in names])


def _as_list(values):
    # elements of arrays and tensors must become plain, hashable values
    return values.tolist() if hasattr(values, "tolist") else list(values)
