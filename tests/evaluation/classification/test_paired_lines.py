"""Paired differences of systems in a report."""

import pytest

from sb_contrastive.evaluation.classification.paired_lines import (
    paired_differences,
    paired_lines,
)
from sb_contrastive.evaluation.classification.summary import summarise

CLASSES = ["joy", "sad"]


def rows(wrong=(), speakers="abcd"):
    """Two utterances of each speaker, one of each class."""
    return [
        {
            "ID": f"{s}_{label}",
            "spk_id": s,
            "label": label,
            "prediction": CLASSES[(CLASSES.index(label) + (s in wrong)) % 2],
        }
        for s in speakers
        for label in CLASSES
    ]


def compared(one, other):
    systems = {"one": {"f": one}, "other": {"f": other}}
    return paired_differences(systems, summarise(systems, CLASSES))


def test_the_difference_is_that_of_the_ua():
    found = compared(rows(wrong="a"), rows(wrong="abc"))["one less other"]
    assert found["UA"] == pytest.approx(50)
    low, high = found["interval"]
    assert 0 <= low < 50 < high <= 100


def test_a_system_does_not_differ_from_itself():
    found = compared(rows(wrong="a"), rows(wrong="a"))["one less other"]
    assert found == {"UA": 0, "interval": [0, 0]}
    text = paired_lines({"one less other": found})
    assert "UA +0.0 points, 95 % interval +0.0 to +0.0" in text


def test_nothing_is_compared_that_heard_other_utterances_or_one_speaker():
    assert not compared(rows(), rows(speakers="abc"))
    assert not compared(rows(speakers="a"), rows(speakers="a"))
    one = {"one": {"f": rows()}}
    assert not paired_differences(one, summarise(one, CLASSES))
