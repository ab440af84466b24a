"""Linear models as torch modules say what scikit-learn's say, and normalisation by speaker what NumPy says."""

import numpy as np
import pytest
import torch
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from sb_contrastive.systems.probing.linear_models import fit_linear
from sb_contrastive.systems.probing.speaker_norm import normalised_by_speaker


def data(classes, channels=6):
    """Vectors of very different scale, classes of different size."""
    rng = np.random.default_rng(0)
    targets = rng.integers(classes, size=60) // (1 + (rng.random(60) < 0.3))
    x = rng.normal(size=(60, channels)) + 0.5 * targets[:, None]
    return 100 + x * 10.0 ** np.arange(channels), targets


@pytest.mark.parametrize("classes", [2, 3, 5])
def test_logistic_regression_has_the_posteriors_of_scikit_learn(classes):
    x, targets = data(classes)
    machine = make_pipeline(
        StandardScaler(),
        LogisticRegression(
            C=0.03, class_weight="balanced", max_iter=5000, tol=1e-8
        ),
    ).fit(x, targets)
    network = fit_linear(x, targets, classes, C=0.03)
    logits = network(torch.from_numpy(x))
    expected = machine.predict_proba(x)
    np.testing.assert_allclose(
        logits.softmax(dim=1).detach(), expected, atol=5e-4
    )
    np.testing.assert_allclose(
        network.folded()(torch.from_numpy(x).float()).softmax(1).detach(),
        expected,
        atol=2e-3,
    )


@pytest.mark.parametrize("classes", [2, 3, 5])
def test_linear_svm_decides_as_scikit_learn_does(classes):
    x, targets = data(classes)
    machine = make_pipeline(
        StandardScaler(), SVC(C=0.03, kernel="linear", class_weight="balanced")
    ).fit(x, targets)
    network = fit_linear(x, targets, classes, "linear_svm", C=0.03)
    found = network(torch.from_numpy(x)).detach()
    if classes == 2:
        assert found.argmax(dim=1).tolist() == machine.predict(x).tolist()
    else:
        np.testing.assert_allclose(
            found, machine.decision_function(x), atol=1e-4
        )


def test_a_constant_channel_has_no_weight():
    x, targets = data(3)
    flat = np.full((len(x), 1), 0.1) + 1e-12 * x[:, :1]
    network = fit_linear(np.hstack([x, flat]), targets, 3)
    shifted = np.hstack([x, flat + 1.0])
    torch.testing.assert_close(
        network(torch.from_numpy(np.hstack([x, flat]))),
        network(torch.from_numpy(shifted)),
        atol=1e-4,
        rtol=1e-4,
    )


def test_an_unknown_model_is_refused():
    with pytest.raises(ValueError, match="did you mean 'linear_svm'"):
        fit_linear(*data(2), 2, "linear_sv")


def test_each_speaker_has_zero_mean_and_unit_deviation():
    x, speakers = data(3)
    rows = [{"ID": f"u{i}", "spk_id": f"s{s}"} for i, s in enumerate(speakers)]
    x[:, 0] = 7.0  # constant
    found = normalised_by_speaker(x, rows)
    for i, vector in enumerate(x):
        own = x[speakers == speakers[i]]
        deviation = own.std(axis=0)
        deviation[0] = 1.0
        expected = (vector - own.mean(axis=0)) / deviation
        np.testing.assert_allclose(found[i], expected, atol=1e-9)


def test_speakers_have_to_be_known():
    with pytest.raises(ValueError, match="b has no speaker"):
        normalised_by_speaker(
            np.zeros((2, 1)), [{"ID": "a", "spk_id": "ann"}, {"ID": "b"}]
        )


@pytest.mark.parametrize("model", ["logistic_regression", "linear_svm"])
def test_more_channels_than_vectors_change_nothing(model):
    x, targets = data(3, channels=6)
    x = np.random.default_rng(1).normal(size=(60, 100)) + 0.2 * x[:, :1] % 7
    x += targets[:, None]
    machines = {
        "logistic_regression": LogisticRegression(
            C=0.03, class_weight="balanced", tol=1e-8, max_iter=5000
        ),
        "linear_svm": SVC(C=0.03, kernel="linear", class_weight="balanced"),
    }
    machine = make_pipeline(StandardScaler(), machines[model]).fit(x, targets)
    network = fit_linear(x, targets, 3, model, C=0.03)
    linear = network if model == "logistic_regression" else network[0]
    np.testing.assert_allclose(
        linear.linear.weight.detach(), machine[-1].coef_, atol=2e-3
    )
    np.testing.assert_allclose(
        network(torch.from_numpy(x)).argmax(dim=1), machine.predict(x)
    )


def test_within_class_normalisation_is_that_of_an_explicit_map():
    """The folded network says what scikit-learn says on vectors that were
    whitened by the inverse root of the shrunk covariance, here by eigenvectors."""
    x, targets = data(3, channels=80)  # more channels than vectors
    x = x / 10.0 ** np.arange(80)
    standard = StandardScaler().fit_transform(x)
    residual = standard.copy()
    for c in range(3):
        residual[targets == c] -= standard[targets == c].mean(axis=0)
    covariance = residual.T @ residual / len(x)
    # The shrunk covariance of the 60 coordinates that N vectors span
    basis = np.linalg.qr(standard.T)[0]
    covariance = basis.T @ covariance @ basis
    share = np.trace(covariance) / len(covariance)
    values, axes = np.linalg.eigh(0.6 * share * np.eye(60) + 0.4 * covariance)
    white = standard @ basis @ (axes / np.sqrt(values))
    white *= np.linalg.norm(standard) / np.linalg.norm(white)
    machine = LogisticRegression(
        C=0.03, class_weight="balanced", max_iter=5000, tol=1e-8
    ).fit(white, targets)
    network = fit_linear(x, targets, 3, C=0.03, within_class=0.6)
    np.testing.assert_allclose(
        network(torch.from_numpy(x)).softmax(dim=1).detach(),
        machine.predict_proba(white),
        atol=5e-4,
    )


def test_a_shrinkage_of_one_changes_nothing():
    x, targets = data(3)
    plain, same = (
        fit_linear(x, targets, 3, C=0.03, within_class=share)
        for share in (None, 1.0)
    )
    torch.testing.assert_close(
        same.linear.weight, plain.linear.weight, atol=1e-4, rtol=1e-3
    )
