"""Scores of trials as checked NumPy arrays."""

import numpy as np


def score_array(scores, name):
    """Converts scores to one flat float64 array and checks them.

    Arguments
    ---------
    scores : array, tensor or list
        Of any precision, on any device.
    name : str
        Their name in error messages.

    Returns
    -------
    numpy.ndarray
        float64, flat.

    Raises
    ------
    ValueError
        If there is none, or one is not finite.

    Example
    -------
    >>> score_array([1, 2], "scores").tolist()
    [1.0, 2.0]
    """
    if hasattr(scores, "detach"):  # a torch tensor, maybe bfloat16, maybe CUDA
        scores = scores.detach().double().cpu().numpy()
    scores = np.asarray(scores, dtype=np.float64).ravel()
    if scores.size == 0:
        raise ValueError(f"{name} is empty: an error rate needs trials of both")
    bad = scores.size - int(np.isfinite(scores).sum())
    if bad:
        raise ValueError(
            f"{bad} of {scores.size} {name} are not finite: look for NaN or "
            "zero embeddings"
        )
    return scores


def labelled_scores(scores, labels):
    """Converts scores and labels of trials to arrays of one length.

    Arguments
    ---------
    scores : array, tensor or list
        [T].
    labels : array or list
        [T], True for targets.

    Returns
    -------
    scores : numpy.ndarray
        float64 [T].
    labels : numpy.ndarray
        bool [T].

    Raises
    ------
    ValueError
        If the lengths differ, or as `score_array`.
    """
    scores = score_array(scores, "scores")
    labels = np.asarray(labels, dtype=bool)
    if scores.shape != labels.shape:
        raise ValueError(f"{len(scores)} scores but {len(labels)} labels")
    return scores, labels
