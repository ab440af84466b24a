"""The nearest name is offered, whatever its case, or none."""

import pytest

from sb_contrastive.suggestions import did_you_mean


@pytest.mark.parametrize(
    "name, known, nearest",
    [
        ("lable", ["wav", "label"], "label"),
        ("VoxCeleb1", ["iemocap", "voxceleb"], "voxceleb"),
        ("macro-f1", ["WA", "macro_F1", "micro_F1"], "macro_F1"),
        (11, [1, 2], "1"),  # numbers name folds
        ("label", {"Label": 0}, "Label"),
    ],
)
def test_the_nearest_name_is_offered(name, known, nearest):
    assert did_you_mean(name, known) == f"; did you mean {nearest!r}?"


@pytest.mark.parametrize("known", [[], ["wav", "duration"]])
def test_nothing_near_leaves_nothing_to_say(known):
    assert did_you_mean("label", known) == ""
