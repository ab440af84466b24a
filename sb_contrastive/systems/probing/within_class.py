"""Within-class covariance normalisation: directions in which utterances of one class differ count less."""

import numpy as np
import torch


def within_class_whitening(x, targets, shrinkage):
    """Find the linear map after which utterances of one class differ alike in
    all directions (Hatch et al. 2006, "Within-class covariance normalization
    for SVM-based speaker recognition").

    What makes utterances of one class differ is above all who speaks and what is
    said. A classifier whose squared weights are penalised leans less on such
    directions afterwards.

    Arguments
    ---------
    x : numpy.ndarray
        Vectors [N, K] to learn from.
    targets : list of int
        Class of each vector [N].
    shrinkage : float
        The share, in (0, 1], of a multiple of the identity in the covariance:
        N vectors tell little about K x K numbers. 1 changes nothing.

    Returns
    -------
    numpy.ndarray
        M [K, K]: x M is normalised, and has the mean squared norm of x.

    Example
    -------
    >>> x = np.array([[0.0, 8.0], [0.0, 0.0], [2.0, 9.0], [3.0, 9.0]])
    >>> whitening = within_class_whitening(x, [0, 0, 1, 1], 0.0001)
    >>> first, _, third, fourth = x @ whitening
    >>> bool(np.linalg.norm(third - fourth) > 0.9 * np.linalg.norm(first))
    True
    """
    targets = np.asarray(targets)
    classes = np.unique(targets)
    groups = [x[targets == c] for c in classes]
    residual = np.concatenate([group - group.mean(axis=0) for group in groups])
    covariance = residual.T @ residual / len(residual)
    share = np.trace(covariance) / len(covariance)
    covariance = (1 - shrinkage) * covariance
    covariance[np.diag_indices_from(covariance)] += shrinkage * share
    lower = torch.linalg.cholesky(torch.from_numpy(covariance))
    eye = torch.eye(len(lower), dtype=lower.dtype)
    inverse = torch.linalg.solve_triangular(lower, eye, upper=False)
    whitening = inverse.T.numpy()
    scale = np.linalg.norm(x) / np.linalg.norm(x @ whitening)
    return whitening * scale
