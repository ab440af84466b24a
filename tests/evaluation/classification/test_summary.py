"""Summaries agree with scoring by hand."""

import statistics

import pytest

from sb_contrastive.evaluation.classification.confusion import METRICS
from sb_contrastive.evaluation.classification.intervals import (
    bootstrap_intervals,
)
from sb_contrastive.evaluation.classification.report import (
    classification_report,
)
from sb_contrastive.evaluation.classification.summary import summarise

CLASSES = ["angry", "happy", "sad"]


def test_summary_agrees_with_scoring_by_hand(systems):
    entry = summarise(systems, CLASSES, draws=50, seed=4)["DINO"]
    values = []
    pooled = []
    for fold, rows in systems["DINO"].items():
        labels = [r["label"] for r in rows]
        predictions = [r["prediction"] for r in rows]
        report = classification_report(labels, predictions, CLASSES)
        assert entry["folds"][fold] == report
        values.append(report["UA"])
        pooled += rows
    assert entry["mean"]["UA"] == pytest.approx(sum(values) / 3)
    assert entry["std"]["UA"] == pytest.approx(statistics.stdev(values))
    labels = [r["label"] for r in pooled]
    predictions = [r["prediction"] for r in pooled]
    assert entry["pooled"] == classification_report(
        labels, predictions, CLASSES
    )
    assert entry["intervals"] == bootstrap_intervals(
        labels, predictions, [r["spk_id"] for r in pooled], CLASSES, 50, 4
    )


def test_one_fold_has_no_deviation_and_one_speaker_no_interval(systems):
    rows = [dict(row, spk_id="s1") for row in systems["DINO"]["Ses01"]]
    summary = summarise({"DINO": {"Ses01": rows}}, CLASSES)
    assert summary["DINO"]["std"] == dict.fromkeys(METRICS)
    assert summary["DINO"]["intervals"] == {}


def test_summary_mistakes(systems):
    rows = systems["DINO"]["Ses01"]
    with pytest.raises(ValueError, match="'DINO' has no fold"):
        summarise({"DINO": {}}, CLASSES)
    with pytest.raises(ValueError, match="fold 'Ses01'.*no predictions"):
        summarise({"DINO": {"Ses01": []}}, CLASSES)
    with pytest.raises(ValueError, match="Ses01_0 was predicted twice"):
        summarise({"DINO": {"Ses01": [*rows, rows[0]]}}, CLASSES)
    del rows[3]["spk_id"]
    with pytest.raises(ValueError, match="lacks spk_id.*Ses01_3"):
        summarise(systems, CLASSES)
