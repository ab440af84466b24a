"""A model counts as the mean of its files, whatever their level or number."""

import numpy as np
import pytest

from sb_contrastive.data.trials.left_out import with_rows
from sb_contrastive.data.trials.models import mean_of_models
from sb_contrastive.data.trials.trial_list import Trials
from sb_contrastive.evaluation.verification.scores.scoring import cosine_scores

TRIALS = Trials(
    np.array([True, False, False]),
    np.array([0, 0, 2]),
    np.array([1, 2, 3]),
    ["m", "x", "n", "y"],
    models={0: ["a", "b"], 2: ["b"]},
)


def test_scores_are_those_of_a_plain_mean():
    z = np.random.default_rng(0).standard_normal((4, 8)).astype("float32")
    assert TRIALS.audio() == ["a", "b", "x", "y"]
    a, b, x, y = (v / np.linalg.norm(v) for v in z)
    mean = (a + b) / np.linalg.norm(a + b)
    scores = cosine_scores(mean_of_models(z, TRIALS), TRIALS)
    np.testing.assert_allclose(scores, [mean @ x, mean @ b, b @ y], atol=1e-6)


def test_segments_and_lists_without_models():
    z = np.random.default_rng(0).standard_normal((4, 3, 8))
    assert mean_of_models(z, TRIALS).shape == (4, 3, 8)
    assert mean_of_models(z, TRIALS._replace(models={})) is z


def test_a_model_stays_with_what_is_left_of_its_files():
    rows = [{"ID": name} for name in TRIALS.audio()]
    left, found = with_rows(TRIALS, [None, *rows[1:]])
    assert left.files == TRIALS.files and left.audio() == ["b", "x", "y"]
    assert [row["ID"] for row in found] == left.audio()
    with pytest.raises(ValueError, match="1 target and 0 other"):
        with_rows(TRIALS, [rows[0], None, *rows[2:]])
