"""Detection scores agree with scikit-learn's, and their intervals with the closed form."""

import numpy as np
import pytest
from sklearn.metrics import f1_score, recall_score, roc_auc_score

from sb_contrastive.evaluation.classification.detection.detection_report import (
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


def one_by_one(rows, draws, seed):
    """Intervals of resamples that are written out and scored with
    scikit-learn."""
    S = len(rows)
    drawn = np.random.default_rng(seed).multinomial(S, [1 / S] * S, size=draws)
    found = {"accuracy": [], "vote_UA": [], "F1_dementia": [], "AUC": []}
    for times in drawn:
        sample = [row for row, t in zip(rows, times) for _ in range(t)]
        labels = [r["label"] for r in sample]
        guess = [r["prediction"] for r in sample]
        right = [a == b for a, b in zip(labels, guess)]
        found["accuracy"].append(np.mean(right))
        votes = [r["vote"] for r in sample]
        present = sorted(set(labels))
        found["vote_UA"].append(
            recall_score(labels, votes, labels=present, average="macro")
        )
        if "dementia" in labels + guess:
            f1 = f1_score(labels, guess, labels=["dementia"], average=None)
            found["F1_dementia"].append(f1[0])
        if len(present) == 2:
            ill = [label == "dementia" for label in labels]
            p = [r["p_dementia"] for r in sample]
            found["AUC"].append(roc_auc_score(ill, p))
    return {k: np.quantile(v, [0.025, 0.975]) for k, v in found.items()}


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.UndefinedMetricWarning")
@pytest.mark.parametrize("subjects", [3, 12])
def test_intervals_agree_with_scoring_each_resample(subjects):
    rows = decisions(subjects, seed=subjects)
    report = detection_report(rows, CLASSES, "dementia", draws=60, seed=4)
    for name, expected in one_by_one(rows, draws=60, seed=4).items():
        np.testing.assert_allclose(report[name]["interval"], expected)


def test_one_class_has_no_auc():
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
