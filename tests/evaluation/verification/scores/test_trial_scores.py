"""Trial lists are scored in several ways from embeddings made once."""

import numpy as np
import pytest

from sb_contrastive.data.trials.trial_list import Trials
from sb_contrastive.data.trials.trial_sets import TrialSet
from sb_contrastive.evaluation.verification.scores import trial_scores
from sb_contrastive.evaluation.verification.scores.normalisation import (
    as_norm,
    subtract_mean,
)
from sb_contrastive.evaluation.verification.scores.scoring import cosine_scores
from sb_contrastive.evaluation.verification.scores.trial_scores import (
    choose_cohort,
    score_trial_sets,
)

ROWS = [
    {"ID": name, "wav": f"/corpus/s/{name}.wav", "start": 0, "stop": 9}
    for name in "abcd"
]
OTHERS = [{"ID": name} for name in "uvwxyz"]


def embedding(row):
    rng = np.random.default_rng(ord(row["ID"]))
    return rng.standard_normal(5).astype(np.float32)


@pytest.fixture
def passes(monkeypatch):
    """Replaces the encoder by a table; lists what has been embedded."""
    seen = []

    def embed(encoder, rows, segments, **kwargs):
        seen.append(("".join(r["ID"] for r in rows), segments))
        return np.stack([embedding(row) for row in rows])

    monkeypatch.setattr(trial_scores, "embed_segments", embed)
    return seen


def given(files):
    trials = Trials([True, False], np.array([0, 0]), np.array([1, 2]), files)
    rows = {row["ID"]: row for row in ROWS}
    return TrialSet(trials, [rows[name] for name in files], None)


def test_every_file_is_embedded_once_and_scores_are_those_of_the_parts(passes):
    sets = {"one": given(["a", "b", "c"]), "two": given(["c", "d", "a"])}
    systems = {
        "plain": {},
        "centred": {"mean": True},
        "normalised": {"segments": "full", "norm_top": 3},
    }
    scores = score_trial_sets(None, sets, systems, OTHERS)
    assert passes == [("abcd", "full"), ("uvwxyz", "full")]
    others = np.stack([embedding(row) for row in OTHERS])
    for name, (trials, rows, _) in sets.items():
        z = np.stack([embedding(row) for row in rows])
        plain = cosine_scores(z, trials)
        centred = cosine_scores(subtract_mean(z, others), trials)
        normalised = as_norm(plain, z, trials, others, 3)
        np.testing.assert_array_equal(scores["plain"][name], plain)
        np.testing.assert_array_equal(scores["centred"][name], centred)
        np.testing.assert_array_equal(scores["normalised"][name], normalised)


def test_training_audio_is_embedded_only_where_it_is_used(passes):
    systems = {"whole": {}, "parts": {"segments": "6x2s_mean"}}
    score_trial_sets(None, {"one": given(["a", "b", "c"])}, systems, OTHERS)
    assert passes == [("abc", "full"), ("abc", "6x2s_mean")]


def test_a_cohort_is_a_choice_that_the_seed_makes():
    rows = [{"ID": str(i)} for i in range(50)]
    chosen = choose_cohort(rows, most=10, seed=1)
    assert len({row["ID"] for row in chosen}) == 10
    assert (
        chosen
        == choose_cohort(rows, most=10, seed=1)
        != choose_cohort(rows, most=10, seed=2)
    )
    assert choose_cohort(rows, most=50, seed=1) == rows
