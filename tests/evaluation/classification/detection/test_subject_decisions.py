"""Decisions on subjects are those of a slow reading of their chunks."""

import random

import pytest

from sb_contrastive.evaluation.classification.detection.subject_decisions import (
    subject_decisions,
)

CLASSES = ["control", "dementia"]


def chunk(subject, label, p):
    return {
        "spk_id": subject,
        "label": label,
        "fold": "1",
        "prediction": CLASSES[p > 0.5],
        "p_control": str(1 - p),  # a CSV holds text
        "p_dementia": str(p),
    }


def test_mean_posterior_and_majority_of_random_chunks():
    rng = random.Random(0)
    posteriors = {
        f"S{k}": [rng.random() for _ in range(rng.randint(1, 7))]
        for k in range(40)
    }
    rows = [
        chunk(name, CLASSES[len(ps) % 2], p)
        for name, ps in posteriors.items()
        for p in ps
    ]
    rng.shuffle(rows)
    decisions = subject_decisions(rows, CLASSES)
    assert [d["ID"] for d in decisions] == sorted(posteriors)
    differ = 0
    for decision in decisions:
        ps = posteriors[decision["ID"]]
        mean, votes = sum(ps) / len(ps), sum(p > 0.5 for p in ps)
        assert decision["chunks"] == len(ps)
        assert decision["label"] == CLASSES[len(ps) % 2]
        assert decision["p_dementia"] == pytest.approx(mean)
        assert decision["prediction"] == CLASSES[mean > 0.5]
        if 2 * votes == len(ps):  # a tie
            assert decision["vote"] == decision["prediction"]
        else:
            assert decision["vote"] == CLASSES[2 * votes > len(ps)]
        differ += decision["vote"] != decision["prediction"]
    assert differ


def test_a_subject_with_two_labels_is_refused():
    rows = [chunk("S1", "control", 0.1), chunk("S1", "dementia", 0.1)]
    with pytest.raises(ValueError, match="'S1' has the labels control, dem"):
        subject_decisions(rows, CLASSES)
