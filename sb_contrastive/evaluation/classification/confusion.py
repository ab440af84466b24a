"""Confusion matrices of a classifier, and the scores that follow from them.

Names are those of speech emotion recognition: *weighted accuracy* (WA) is the
share of correct utterances, *unweighted accuracy* (UA) the mean recall of the
classes. All scores are fractions, for one matrix or many at once.
"""

import numpy as np

from sb_contrastive.suggestions import did_you_mean

METRICS = ("WA", "UA", "macro_F1", "weighted_F1", "micro_F1")


def confusion_scores(confusion):
    """Computes the scores of confusion matrices.

    Arguments
    ---------
    confusion : numpy.ndarray
        Counts [..., C, C]; rows are the truth, columns the prediction.

    Returns
    -------
    dict of str to numpy.ndarray
        {metric: [...]} for each of `METRICS`.

    Example
    -------
    >>> float(confusion_scores(np.array([[1, 0], [1, 2]]))["WA"])
    0.75
    """
    hits = np.diagonal(confusion, axis1=-2, axis2=-1)  # [..., C]
    support = confusion.sum(-1)  # [..., C]
    total = support.sum(-1)  # [...]
    present = support > 0
    recall = hits / np.maximum(support, 1)
    f1, counted = class_f1(confusion)
    accuracy = hits.sum(-1) / total
    return {
        "WA": accuracy,
        "UA": recall.sum(-1) / present.sum(-1),
        "macro_F1": f1.sum(-1) / counted.sum(-1),
        "weighted_F1": (f1 * support).sum(-1) / total,
        "micro_F1": accuracy,
    }


def class_f1(confusion):
    """Computes the F1 of each class.

    Arguments
    ---------
    confusion : numpy.ndarray
        Counts [..., C, C]; rows are the truth, columns the prediction.

    Returns
    -------
    f1 : numpy.ndarray
        [..., C], 0 where it is undefined.
    defined : numpy.ndarray
        bool [..., C], False where a class is neither spoken nor predicted.

    Example
    -------
    >>> f1, defined = class_f1(np.array([[2, 0, 0], [0, 1, 0], [0, 0, 0]]))
    >>> f1.tolist(), defined.tolist()
    ([1.0, 1.0, 0.0], [True, True, False])
    """
    hits = np.diagonal(confusion, axis1=-2, axis2=-1)
    seen = confusion.sum(-1) + confusion.sum(-2)  # spoken + predicted
    return 2 * hits / np.maximum(seen, 1), seen > 0


def confusion_cells(labels, predictions, classes):
    """Finds the cell of the confusion matrix that each utterance falls into.

    Arguments
    ---------
    labels, predictions : sequence
        True and predicted class of each utterance, in the same order.
    classes : list
        The C class names.

    Returns
    -------
    numpy.ndarray
        Number of the true class times C, plus that of the prediction: [N].

    Raises
    ------
    ValueError
        If there is nothing to score, the lengths differ, or a label or
        prediction is not among the classes.

    Example
    -------
    >>> confusion_cells(["sad", "joy"], ["sad", "sad"], ["joy", "sad"]).tolist()
    [3, 1]
    """
    labels, predictions = as_list(labels), as_list(predictions)
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


def as_list(values):
    """Returns the elements of a sequence, array or tensor as a list."""
    # elements of arrays and tensors must become plain, hashable values
    return values.tolist() if hasattr(values, "tolist") else list(values)
