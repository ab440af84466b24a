"""Linear models as torch modules say what scikit-learn's say, and normalisation by speaker what NumPy says."""

import numpy as np
import pytest
import torch
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC

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
        LogisticRegression(C=0.03, class_weight="balanced", max_iter=1000),
    ).fit(x, targets)
    network = fit_linear(x, targets, classes, C=0.03)
    logits = network(torch.from_numpy(x))
    expected = machine.predict_proba(x)
    np.testing.assert_allclose(
        logits.softmax(dim=1).detach(), expected, atol=1e-4
    )
    np.testing.assert_allclose(
        network.folded()(torch.from_numpy(x).float()).softmax(1).detach(),
        expected,
        atol=2e-3,
    )


@pytest.mark.parametrize("classes", [2, 3])
def test_linear_svm_decides_as_scikit_learn_does(classes):
    x, targets = data(classes)
    machine = make_pipeline(
        StandardScaler(),
        LinearSVC(C=0.03, class_weight="balanced", random_state=0),
    ).fit(x, targets)
    network = fit_linear(x, targets, classes, "linear_svm", C=0.03)
    found = network(torch.from_numpy(x)).argmax(dim=1)
    assert found.tolist() == machine.predict(x).tolist()


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
    with pytest.raises(ValueError, match="no spk_id for b"):
        normalised_by_speaker(
            np.zeros((2, 1)), [{"ID": "a", "spk_id": "ann"}, {"ID": "b"}]
        )
