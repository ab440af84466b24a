"""The sets of crops that objectives ask for, against lists written by hand."""

from types import SimpleNamespace

import pytest
import torch

from sb_contrastive.brains.pretraining.crop_sets import CropSets
from sb_contrastive.objectives import Objective
from sb_contrastive.objectives.objective import clean


class Long(Objective):
    views = ("long", "short")
    student_views = ("short",)
    teacher_views = (clean("long"),)


class Pair(Objective):
    views = ("short", "pair")
    least_crops = 2


OBJECTIVES = {"long": Long(), "pair": Pair()}


@pytest.fixture
def sets():
    return CropSets(OBJECTIVES, {"long": "teacher_encoder"}, "reference")


def test_each_name_is_there_once_and_the_reference_is_the_last(sets):
    assert sets.names == ["long", "short", "pair", "reference"]
    assert sets.student == ["short", "pair"]
    assert sets.of_teacher("teacher_encoder") == [clean("long")]
    assert sets.of_teacher("another") == []


def test_crops_are_numbered_over_all_sets_and_only_those_asked_for_are_stacked(
    sets,
):
    counts = {"long": 2, "short": 3, "pair": 2, "reference": 1}
    batch = SimpleNamespace(
        id=["a", "b"],
        **{
            name: SimpleNamespace(data=torch.rand(2, count, 5))
            for name, count in counts.items()
        },
    )
    seen = []

    def augmented(crops, first):
        seen.append((crops.shape[1], first))
        return crops.transpose(0, 1).flatten(0, 1) + 1

    rows = sets.rows(batch, augmented)
    assert list(rows) == [clean("long"), "short", "pair"]
    assert seen == [(3, 2), (2, 5)]
    own = batch.long.data
    expected = torch.stack([own[b, v] for v in range(2) for b in range(2)])
    torch.testing.assert_close(rows[clean("long")], expected)


@pytest.mark.parametrize(
    "counts, reference, message",
    [
        ([2, 2, 2], None, "positives are grouped by clean crops of their own"),
        (
            [2],
            1.0,
            "crops draws 2 sets, counts .2, 1., and the objectives",
        ),
        ([2, 1, 2], 1.0, "pair compares 2 crops of each utterance, and crops"),
    ],
)
def test_other_crops_are_refused(sets, counts, reference, message):
    with pytest.raises(ValueError, match=message):
        sets.check(SimpleNamespace(counts=counts, reference=reference))


def test_crops_that_fit_or_are_unknown_are_taken(sets):
    sets.check(SimpleNamespace(counts=[1, 2, 1], reference=1.0))
    sets.check(None)
