"""Weighs classes in a loss, so that a rare one is not neglected."""

from collections import Counter

import torch


def class_weights(rows, classes):
    """Computes inverse frequencies, 1 where all classes are equally frequent.

    Arguments
    ---------
    rows : list of dict
        Manifest rows of the training part, with a `label`.
    classes : list of str
        In the order of the classifier's outputs. One that is absent gets the
        weight that a single row would give it.

    Returns
    -------
    torch.Tensor
        N / (C n_c) [C].

    Example
    -------
    >>> class_weights([{"label": c} for c in "aaab"], ["a", "b"])
    tensor([0.6667, 2.0000])
    """
    counts = Counter(row["label"] for row in rows)
    counts = torch.tensor([max(counts[name], 1) for name in classes])
    return len(rows) / (len(classes) * counts)
