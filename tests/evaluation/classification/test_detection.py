"""Detection scores agree with scikit-learn's, and their intervals with the closed form."""

import numpy as np
import pytest
from sklearn.metrics import f1_score, roc_auc_score

from sb_contrastive.evaluation.classification.detection import (
    auc,
    detection_report,
    detection_table,
)

CLASSES = ["control", "dementia"]


def decisions(subjects, seed=0):
    rng = np.random.default_rng(seed)
    rows = []
    for k in range(subjects):
        label = CLASSES[k % 2]
        p = float(
            np.round(np.clip(rng.normal(0.4 + 0.2 * (k % 2), 0.2), 0, 1), 1)
        )
        rows.append(
            {
                "ID": f"S{k:03d}",
                "label": label,
                "prediction": CLASSES[p > 0.5],
                "vote": CLASSES[rng.random() < p],
                "p_control": 1 - p,
                "p_dementia": p,
            }
        )
    return rows


def test_scores_are_those_of_scikit_learn():
    rows = decisions(60)
    report = detection_report(rows, CLASSES, "dementia", draws=10)
    labels = [r["label"] for r in rows]
    guess = [r["prediction"] for r in rows]
    ill = [label == "dementia" for label in labels]
    assert report["subjects"] == 60
    assert report["AUC"]["value"] == pytest.approx(
        roc_auc_score(ill, [r["p_dementia"] for r in rows])
    )
    f1 = f1_score(labels, guess, labels=CLASSES, average=None)
    for name, value in zip(CLASSES, f1):
        assert report[f"F1_{name}"]["value"] == pytest.approx(value)
    right = [a == b for a, b in zip(labels, guess)]
    assert report["accuracy"]["value"] == pytest.approx(np.mean(right))
    votes = [r["vote"] == r["label"] for r in rows]
    assert report["vote_accuracy"]["value"] == pytest.approx(np.mean(votes))
    # The other class is ranked the other way round
    other = detection_report(rows, CLASSES, "control", draws=10)
    assert other["AUC"]["value"] == pytest.approx(report["AUC"]["value"])


def test_the_interval_is_that_of_independent_subjects():
    rows = decisions(100)
    report = detection_report(rows, CLASSES, "dementia", draws=800)
    value = report["accuracy"]["value"]
    low, high = report["accuracy"]["interval"]
    width = 2 * 1.96 * np.sqrt(value * (1 - value) / 100)
    assert high - low == pytest.approx(width, rel=0.15)
    again = detection_report(rows[::-1], CLASSES, "dementia", draws=800)
    assert again == report


def test_ties_count_half_and_one_class_has_no_auc():
    assert auc([1, 1], [1, 1, 1]) == 0.5
    assert auc([2, 1], [1, 0]) == 0.875
    assert auc([], [1]) is None
    rows = [row for row in decisions(6) if row["label"] == "control"]
    report = detection_report(rows, CLASSES, "dementia", draws=5)
    assert report["AUC"] == {"value": None, "interval": None}
    assert "-" in detection_table({"probe": report}).splitlines()[2]


def test_what_cannot_be_detected_is_refused():
    with pytest.raises(ValueError, match="not of 'ad' among control, dem"):
        detection_report(decisions(4), CLASSES, "ad")
    with pytest.raises(ValueError, match="of one of two classes"):
        detection_report(decisions(4), [*CLASSES, "mci"], "dementia")
    with pytest.raises(ValueError, match="no subject to score"):
        detection_report([], CLASSES, "dementia")
