"""Finished folds are scored together, in any order of running."""

import json
from types import SimpleNamespace

import pytest

from sb_contrastive.evaluation.classification.fold_report import (
    evaluate_fold,
)

CLASSES = ["ill", "well"]
SPEED = {
    "train_seconds": 10.0,
    "utterances_per_second": 4.0,
    "data_wait_share": 0.1,
    "trainable_parameters": 7,
    "peak_memory_gib": None,
}


def rows(speakers):
    return [
        {"ID": f"{name}_{k}", "spk_id": name, "label": CLASSES[i % 2]}
        for i, name in enumerate(speakers)
        for k in range(2)
    ]


def finish_fold(folder, fold, given, right, speeds=(SPEED,), **options):
    """Report a fold whose model is right, or wrong, about every chunk."""
    posteriors = []
    for row in given:
        hit = CLASSES.index(row["label"])
        posteriors.append([0.9 if (i == hit) == right else 0.1 for i in (0, 1)])
    brain = SimpleNamespace(
        classes=CLASSES, ids=[row["ID"] for row in given], posteriors=posteriors
    )
    protocol = {"split": "s", "selection": "s", "pretraining": "none"}
    return evaluate_fold(
        brain,
        given,
        fold=fold,
        folder=folder,
        experiment="system",
        seed=1,
        corpus="nowhere",
        protocol=protocol,
        speeds=list(speeds),
        **options,
    )


def test_folds_add_up_in_their_own_order(tmp_path):
    finish_fold(tmp_path, 10, rows("abcd"), right=True)
    results = finish_fold(tmp_path, 2, rows("efgh"), right=False)
    assert results["protocol"]["folds"] == ["2", "10"]
    scores = results["metrics"]["system"]
    assert scores["folds"]["10"]["WA"] == 1 and scores["folds"]["2"]["WA"] == 0
    assert scores["pooled"]["WA"] == 0.5
    assert results["train_seconds"] == 20
    assert results["trainable_parameters"] == 7
    assert "peak_memory_gib" not in results  # where it is not known
    kept = json.loads((tmp_path / "results.json").read_text())
    assert kept["protocol"] == results["protocol"]
    assert (tmp_path / "plots/confusion_system.png").is_file()


def test_a_fold_that_was_trained_before_keeps_its_time(tmp_path):
    finish_fold(tmp_path, 1, rows("abcd"), right=True)
    idle = {**SPEED, "train_seconds": 0.0}
    results = finish_fold(tmp_path, 1, rows("abcd"), right=True, speeds=[idle])
    assert results["train_seconds"] == 10


def test_chunks_of_a_subject_make_one_decision(tmp_path):
    results = finish_fold(tmp_path, 1, rows("abcd"), right=True, positive="ill")
    scores = results["metrics"]["system"]
    assert scores["detection"]["subjects"] == 4
    assert scores["detection"]["AUC"]["value"] == 1
    with pytest.raises(ValueError, match="did you mean 'ill'"):
        finish_fold(tmp_path, 1, rows("abcd"), right=True, positive="il")
