"""Scores as log-likelihood ratios: those of the two Gaussians, and none where there are no two groups."""

import numpy as np
import pytest

from sb_contrastive.data.trials.trial_list import Trials
from sb_contrastive.data.trials.trial_sets import TrialSet
from sb_contrastive.evaluation.verification.calibration import fit_unlabelled
from sb_contrastive.evaluation.verification.scores import trial_scores
from sb_contrastive.evaluation.verification.scores.scoring import cosine_scores
from sb_contrastive.evaluation.verification.scores.trial_scores import (
    score_trial_sets,
)
from sb_contrastive.evaluation.verification.verify_encoders import (
    verify_encoders,
)

SPEAKERS = np.repeat(np.arange(8), 6)
FIRST, SECOND = np.triu_indices(len(SPEAKERS), 1)
ROWS = [
    {"ID": f"f{n}", "wav": f"/c/{n}.wav", "start": 0, "stop": 9}
    for n in range(len(SPEAKERS))
]


def embeddings(noise):
    rng = np.random.default_rng(0)
    voices = rng.standard_normal((8, 32))[SPEAKERS]
    return voices + noise * rng.standard_normal(voices.shape)


@pytest.fixture
def given(monkeypatch):
    """A list of all pairs, and an encoder that is a table."""

    def make(noise):
        z = embeddings(noise).astype(np.float32)

        def embed(encoder, rows, segments, **kwargs):
            return z[[int(row["ID"][1:]) for row in rows]]

        monkeypatch.setattr(trial_scores, "embed_segments", embed)
        labels = SPEAKERS[FIRST] == SPEAKERS[SECOND]
        trials = Trials(labels, FIRST, SECOND, [row["ID"] for row in ROWS])
        return z, {"mine": TrialSet(trials, ROWS, [str(s) for s in SPEAKERS])}

    return make


def test_ratios_are_those_of_the_calibration(given):
    z, sets = given(0.4)
    found = score_trial_sets(None, sets, {"LLR": {"llr": True}})["LLR"]["mine"]
    cosines = cosine_scores(z, sets["mine"].trials)
    line = fit_unlabelled(z, [row["wav"] for row in ROWS]).calibration
    np.testing.assert_allclose(found, line.llr(cosines), rtol=1e-5, atol=1e-5)


def test_nothing_is_known_where_there_are_no_two_groups(given, caplog):
    z, sets = given(50.0)
    found = score_trial_sets(None, sets, {"LLR": {"llr": True}})["LLR"]["mine"]
    assert "tell nothing" in caplog.text
    assert np.abs(found).max() < 1e-5
    cosines = cosine_scores(z, sets["mine"].trials)
    assert (np.argsort(found) == np.argsort(cosines)).mean() > 0.99


def test_the_results_have_the_cost_of_the_ratios(given, tmp_path):
    _, sets = given(0.4)
    results = verify_encoders(
        {"SimCLR": lambda: None},
        sets,
        {"cosine": {"llr": True}, "plain": {}},
        "ntxent_am_sv",
        1,
        "my corpus",
        {"synthetic": False},
        progressbar=False,
    )
    report, plain = results["metrics"]["mine"].values()
    assert report["Cllr"] < 0.2 and "Cllr" in report["intervals"]
    assert "Cllr" not in plain and plain["EER"] == report["EER"]


def test_ratios_of_normalised_scores_are_refused():
    with pytest.raises(ValueError, match="leave `norm_top` out"):
        score_trial_sets(None, {}, {"both": {"llr": True, "norm_top": 9}})
