"""Whose targets positives replace, and what is stored of a batch."""

from types import SimpleNamespace

import pytest
import torch

from sb_contrastive.brains.pretraining.crop_sets import CropSets
from sb_contrastive.brains.pretraining.forward import Forward
from sb_contrastive.brains.pretraining.positive_targets import PositiveTargets
from sb_contrastive.objectives import Objective


class Student(Objective):
    has_positive = True


class Taught(Objective):
    has_positive = True
    teacher_views = ("pair",)


def targets(positives, objectives, teachers=None):
    sets = CropSets(objectives, teachers or {})
    return PositiveTargets(positives, objectives, sets)


def noting(**options):
    """Positives that keep what they are told."""
    noted = []
    return SimpleNamespace(
        draws=True,
        active=True,
        filling=True,
        view=None,
        draw=lambda moment, own: own,
        note=lambda *given: noted.append(given),
        noted=noted,
        **options,
    )


def test_targets_are_those_of_the_first_teacher_else_of_the_student():
    z = torch.rand(2, 3, 4, requires_grad=True)
    forward = Forward({"pair": z}, {"teacher": {"pair": 2 * z}}, {})
    both = {"student": Student(), "taught": Taught()}
    found = targets(noting(), both, {"taught": "teacher"})
    assert (found.source, found.pulled) == ("teacher", ["taught"])
    own = found.draw(None, forward.embeddings, forward.teachers)
    assert torch.equal(own, 2 * z) and not own.requires_grad
    alone = targets(noting(), {"student": Student()})
    assert (alone.source, alone.pulled) == (None, ["student"])
    own = alone.draw(None, forward.embeddings, forward.teachers)
    assert torch.equal(own, z[1:2]) and not own.requires_grad


def test_a_step_is_noted_while_the_memory_fills():
    positives = noting()
    found = targets(positives, {"student": Student()})
    z = torch.rand(2, 3, 4)
    forward = Forward({"pair": z}, {}, {}, drawn="drawn", reference=z[0])
    found.note("moment", forward)
    ((moment, own, reference, drawn),) = positives.noted
    assert (moment, drawn) == ("moment", "drawn")
    assert torch.equal(own, z[1:2]) and torch.equal(reference, z[0])
    positives.filling = False
    found.note("moment", forward)
    assert len(positives.noted) == 1


def test_without_positives_nothing_happens():
    found = targets(None, {"student": Student()})
    found.check([])
    found.prepare([], None)
    found.note(None, None)
    assert found.draw(None, {}, {}) is None
    assert found.reference(None, {}) is None and found.figures() == {}


def test_positives_for_nobody_are_refused():
    with pytest.raises(ValueError, match="positives are given, but plain has"):
        targets(noting(), {"plain": Objective()})
