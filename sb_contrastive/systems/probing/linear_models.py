"""Linear classifiers of scikit-learn, as torch modules."""

import warnings

import numpy as np
import torch

from sb_contrastive.encoders.heads.standardised_linear import (
    StandardisedLinear,
)
from sb_contrastive.suggestions import check_choice

MODELS = ("logistic_regression", "linear_svm")


def fit_linear(vectors, targets, classes, model="logistic_regression", C=1.0):
    """Fit a linear classifier to standardised vectors; classes count alike,
    however many utterances they have.

    Arguments
    ---------
    vectors : numpy.ndarray
        [N, D].
    targets : list of int
        Class of each vector [N].
    classes : int
        Their number; each has at least one vector.
    model : str
        "logistic_regression", whose posteriors are the softmax of the logits,
        or "linear_svm" (one class against the rest, squared hinge), whose
        logits are distances: their softmax is no calibrated posterior.
    C : float
        Inverse strength of the squared penalty, as scikit-learn has it.

    Returns
    -------
    StandardisedLinear

    Example
    -------
    >>> x = np.array([[0.0, 5.0], [1.0, 5.0], [4.0, 5.0], [5.0, 5.0]])
    >>> network = fit_linear(x, [0, 0, 1, 1], 2)
    >>> network(torch.tensor(x)).argmax(dim=1).tolist()
    [0, 0, 1, 1]
    """
    check_choice("model", model, MODELS)
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression
    from sklearn.svm import LinearSVC

    x = np.asarray(vectors, dtype=np.float64)
    mean, deviation = x.mean(axis=0), x.std(axis=0)
    # A constant channel tells nothing, and rounding gives it a tiny deviation
    flat = deviation <= 1e-6 * np.abs(mean).clip(min=1e-6)
    deviation = np.where(flat, 1.0, deviation)
    network = StandardisedLinear(x.shape[1], classes)
    if model == "logistic_regression":
        machine = LogisticRegression(
            C=C, class_weight="balanced", max_iter=1000
        )
    else:
        machine = LinearSVC(C=C, class_weight="balanced", random_state=0)
    with warnings.catch_warnings():
        # The last digits of an SVM on thousands of channels decide nothing
        warnings.simplefilter("ignore", ConvergenceWarning)
        machine.fit((x - mean) / deviation, targets)
    weight, bias = machine.coef_, machine.intercept_
    if classes == 2:  # scikit-learn gives the logit of the second class
        weight = np.concatenate([-weight, weight]) / 2
        bias = np.concatenate([-bias, bias]) / 2
    state = {
        "mean": mean,
        "deviation": deviation,
        "linear.weight": weight,
        "linear.bias": bias,
    }
    network.load_state_dict({k: torch.from_numpy(v) for k, v in state.items()})
    return network.eval()
