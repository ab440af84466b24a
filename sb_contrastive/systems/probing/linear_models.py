"""Linear classifiers of scikit-learn, as torch modules."""

import numpy as np
import torch

from sb_contrastive.encoders.heads.pairwise_votes import PairwiseVotes
from sb_contrastive.encoders.heads.standardised_linear import (
    StandardisedLinear,
)
from sb_contrastive.suggestions import check_choice
from sb_contrastive.systems.probing.within_class import within_class_whitening

MODELS = ("logistic_regression", "linear_svm")


def linear_model(inputs, classes, model="logistic_regression"):
    """Build the network of a classifier.

    Arguments
    ---------
    inputs : int
        Size of the vectors.
    classes : int
        Their number.
    model : str
        See `fit_linear`.

    Returns
    -------
    torch.nn.Module
        `StandardisedLinear`; of an SVM, followed by `PairwiseVotes`.
    """
    check_choice("model", model, MODELS)
    if model == "logistic_regression":
        return StandardisedLinear(inputs, classes)
    pairs = classes * (classes - 1) // 2
    return torch.nn.Sequential(
        StandardisedLinear(inputs, pairs), PairwiseVotes(classes)
    )


def fit_linear(
    vectors,
    targets,
    classes,
    model="logistic_regression",
    C=1.0,
    within_class=None,
):
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
        or "linear_svm" (one machine for each pair of classes, which vote): the
        softmax of its scores is no calibrated posterior.
    C : float
        Inverse strength of the squared penalty, as scikit-learn has it.
    within_class : float, optional
        Vectors are normalised by the covariance within classes first, with this
        shrinkage, see `within_class_whitening`.

    Returns
    -------
    torch.nn.Module
        See `linear_model`.

    Example
    -------
    >>> x = np.array([[0.0, 5.0], [1.0, 5.0], [4.0, 5.0], [5.0, 5.0]])
    >>> network = fit_linear(x, [0, 0, 1, 1], 2)
    >>> network(torch.tensor(x)).argmax(dim=1).tolist()
    [0, 0, 1, 1]
    """
    network = linear_model(vectors.shape[1], classes, model)
    from sklearn.linear_model import LogisticRegression
    from sklearn.svm import SVC

    x = np.asarray(vectors, dtype=np.float64)
    mean, deviation = x.mean(axis=0), x.std(axis=0)
    # A constant channel tells nothing, and rounding gives it a tiny deviation
    flat = deviation <= 1e-6 * np.abs(mean).clip(min=1e-6)
    deviation = np.where(flat, 1.0, deviation)
    x = (x - mean) / deviation
    if model == "logistic_regression":
        x = x.astype(np.float32)  # twice as fast
    x, back = rotated(x)
    if within_class is not None:
        whitening = within_class_whitening(x, targets, within_class)
        x, back = x @ whitening, whitening.T @ back
    if model == "logistic_regression":
        linear = network
        machine = LogisticRegression(
            C=C, class_weight="balanced", solver="newton-cg", max_iter=1000
        )
    else:
        linear = network[0]
        machine = SVC(C=C, kernel="linear", class_weight="balanced")
    machine.fit(x, targets)
    weight, bias = machine.coef_ @ back, machine.intercept_
    if classes == 2 and model == "logistic_regression":
        # scikit-learn gives the logit of the second class
        weight = np.concatenate([-weight, weight]) / 2
        bias = np.concatenate([-bias, bias]) / 2
    elif classes == 2:  # and here the decision for it
        weight, bias = -weight, -bias
    state = {
        "mean": mean,
        "deviation": deviation,
        "linear.weight": weight,
        "linear.bias": bias,
    }
    linear.load_state_dict({k: torch.from_numpy(v) for k, v in state.items()})
    return network.eval()


def rotated(x):
    """Describe N vectors of more than N channels by N channels at most, with the
    same inner products: a linear classifier whose squared weights are penalised
    is the same, and found sooner.

    Arguments
    ---------
    x : numpy.ndarray
        [N, D].

    Returns
    -------
    rotated : numpy.ndarray
        [N, N] where N < D, else x itself.
    back : numpy.ndarray
        [N, D]: weights [C, N] times it are those of x.

    Example
    -------
    >>> x = np.array([[3.0, 4.0, 0.0]])
    >>> short, back = rotated(x)
    >>> np.abs(short).round(6), (short @ back).round(6)
    (array([[5.]]), array([[3., 4., 0.]]))
    """
    if len(x) >= x.shape[1]:
        return x, np.eye(x.shape[1], dtype=x.dtype)
    # torch's QR takes a third of the time of numpy's
    back, triangle = torch.linalg.qr(torch.from_numpy(x.T.copy()))
    return triangle.T.numpy(), back.T.numpy()
