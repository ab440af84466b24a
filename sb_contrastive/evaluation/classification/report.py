"""Scores of a classifier of utterances: WA, UA, F1 and the confusion matrix."""

import numpy as np

from sb_contrastive.evaluation.classification.confusion import (
    as_list,
    class_f1,
    confusion_cells,
    confusion_scores,
)


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
    classes = as_list(classes)
    pairs = confusion_cells(labels, predictions, classes)
    C = len(classes)
    confusion = np.bincount(pairs, minlength=C * C).reshape(C, C)
    report = {name: float(x) for name, x in confusion_scores(confusion).items()}
    f1, counted = class_f1(confusion)
    report["class_F1"] = {
        name: float(f1[i]) if counted[i] else None
        for i, name in enumerate(classes)
    }
    report["confusion"] = confusion.tolist()
    report["classes"] = classes
    return report
