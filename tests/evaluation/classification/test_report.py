"""Scores agree with scikit-learn's."""

import numpy as np
import pytest
import torch
from sklearn.metrics import confusion_matrix, f1_score, recall_score

from sb_contrastive.evaluation.classification.confusion import METRICS
from sb_contrastive.evaluation.classification.report import (
    classification_report,
)
from tests.support.predictions import random_predictions

CLASSES = ["angry", "happy", "neutral", "sad"]


@pytest.mark.parametrize("n", [1, 2, 30, 500])
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.UndefinedMetricWarning")
def test_agrees_with_scikit_learn(n):
    labels, predictions = random_predictions(n, CLASSES, seed=n)
    report = classification_report(labels, predictions, CLASSES)
    expected = {
        "WA": np.mean(np.array(labels) == predictions),
        "UA": recall_score(
            labels, predictions, labels=sorted(set(labels)), average="macro"
        ),
        "macro_F1": f1_score(labels, predictions, average="macro"),
        "weighted_F1": f1_score(labels, predictions, average="weighted"),
        "micro_F1": f1_score(labels, predictions, average="micro"),
    }
    assert {m: report[m] for m in METRICS} == pytest.approx(expected)
    matrix = confusion_matrix(labels, predictions, labels=CLASSES)
    assert report["confusion"] == matrix.tolist()
    each = f1_score(labels, predictions, labels=CLASSES, average=None)
    for name, value in zip(CLASSES, each):
        if name in labels or name in predictions:
            assert report["class_F1"][name] == pytest.approx(value)
        else:
            assert report["class_F1"][name] is None


def test_a_class_without_utterances_does_not_count_in_ua():
    report = classification_report(["a", "b"], ["a", "c"], ["a", "b", "c"])
    assert report["UA"] == 0.5  # recalls 1 and 0; "c" has none
    assert report["macro_F1"] == pytest.approx(1 / 3)  # but was predicted


def test_takes_arrays_and_tensors_of_numbers():
    expected = classification_report([0, 1, 1], [0, 1, 0], [0, 1])
    for kind in (np.array, torch.tensor):
        report = classification_report(
            kind([0, 1, 1]), kind([0, 1, 0]), range(2)
        )
        assert report == expected


def test_user_mistakes():
    with pytest.raises(ValueError, match="prediction 'hapy'.*mean 'happy'"):
        classification_report(["happy"], ["hapy"], CLASSES)
    with pytest.raises(ValueError, match="label 'xyz' of utterance 1"):
        classification_report(["sad", "xyz"], ["sad", "sad"], CLASSES)
    with pytest.raises(ValueError, match="2 labels but 1 predictions"):
        classification_report(["sad", "sad"], ["sad"], CLASSES)
    with pytest.raises(ValueError, match="no prediction"):
        classification_report([], [], CLASSES)
    with pytest.raises(ValueError, match="named twice"):
        classification_report(["sad"], ["sad"], ["sad", "sad"])
