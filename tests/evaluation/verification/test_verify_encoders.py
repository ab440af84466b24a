"""One driver scores encoders, keeps the scores and writes the results."""

import json

import numpy as np
import pytest

from sb_contrastive.data.trials.trial_list import Trials
from sb_contrastive.data.trials.trial_sets import TrialSet
from sb_contrastive.evaluation import plots
from sb_contrastive.evaluation.verification.scores import trial_scores
from sb_contrastive.evaluation.verification.scores.trial_scores import (
    choose_cohort,
    score_trial_sets,
)
from sb_contrastive.evaluation.verification.verify_encoders import (
    verify_encoders,
)

TRAINING = [
    {"ID": f"t{i}", "wav": f"t{i}.wav", "start": 0, "stop": 1}
    for i in range(12)
]
SCORINGS = {"cosine": {}, "centred": {"mean": True}}


@pytest.fixture
def sets():
    rows = [
        {"ID": name, "wav": f"{name}.wav", "start": 0, "stop": 1}
        for name in "abc"
    ]
    trials = Trials(
        np.array([True, False]), np.array([0, 0]), np.array([1, 2]), list("abc")
    )
    return {"mine": TrialSet(trials, rows, None)}


@pytest.fixture(autouse=True)
def tables(monkeypatch):
    """Replaces encoders by seeds of random embeddings, and plots by nothing."""

    def embed(encoder, rows, segments, **options):
        keys = [(encoder, *map(ord, row["ID"])) for row in rows]
        return np.stack([np.random.default_rng(k).normal(size=4) for k in keys])

    monkeypatch.setattr(trial_scores, "embed_segments", embed)
    for name in ("det_curve", "score_histogram"):  # of seconds
        monkeypatch.setattr(plots, name, lambda *given: None)


def verify(encoders, sets, **options):
    given = {"experiment": "x", "seed": 1, "corpus": "a corpus", "protocol": {}}
    given |= {"training": TRAINING, "progressbar": False, **options}
    return verify_encoders(encoders, sets, SCORINGS, **given)


def test_scores_are_those_of_the_chosen_cohort(sets, tmp_path):
    results = verify(
        {"one": lambda: 1, "two": lambda: 2}, sets, folder=tmp_path
    )
    found = results["metrics"]["mine"]
    assert list(found) == ["one", "one, centred", "two", "two, centred"]
    for title, encoder in (("one", 1), ("two", 2)):
        scores = score_trial_sets(
            encoder, sets, SCORINGS, choose_cohort(TRAINING, seed=1)
        )
        for scoring, suffix in (("cosine", ""), ("centred", ", centred")):
            (target, other) = scores[scoring]["mine"]
            eer = 0.0 if target > other else 1.0
            assert found[title + suffix]["EER"] == eer
    kept = json.loads((tmp_path / "results.json").read_text())
    assert kept["protocol"]["corpus"] == "a corpus"
    assert kept["protocol"]["synthetic"] is False
    assert kept["protocol"]["scoring"]["centred"]["mean"] is True


def test_a_single_encoder_needs_no_title_and_no_folder(sets, tmp_path, capsys):
    results = verify({"": lambda: 3}, sets)
    assert list(results["metrics"]["mine"]) == ["cosine", "centred"]
    assert "minDCF" in capsys.readouterr().out
    assert not list(tmp_path.iterdir())


def test_an_encoder_whose_scores_are_kept_is_not_built_again(sets, tmp_path):
    built = []

    def build():
        built.append(True)
        return 1

    first = verify({"one": build}, sets, scores_folder=tmp_path)
    again = verify({"one": build}, sets, scores_folder=tmp_path)
    assert again["metrics"] == first["metrics"] and len(built) == 1
    # Another list was not scored
    verify(
        {"one": build}, {**sets, "more": sets["mine"]}, scores_folder=tmp_path
    )
    assert len(built) == 2


def test_the_speed_of_a_run_that_trained_nothing_is_left_out(sets):
    for seconds in (0.0, 4.0):
        results = verify(
            {"": lambda: 1}, sets, speed={"train_seconds": seconds}
        )
        assert ("train_seconds" in results) == (seconds > 0)
