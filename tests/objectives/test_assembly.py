"""Which networks a set of objectives needs, and who follows whom."""

import torch

from sb_contrastive import EMATeacher
from sb_contrastive.losses import MoCoLoss, NTXentLoss
from sb_contrastive.objectives import BYOL, MoCo, NTXent
from sb_contrastive.objectives.assembly import assemble
from sb_contrastive.queue import KeyQueue
from sb_contrastive.schedules import Constant


def byol(momentum, projector=None):
    projector = projector or torch.nn.Linear(8, 4)
    return BYOL(projector, torch.nn.Linear(4, 4), Constant(momentum))


def moco(momentum, projector=None):
    return MoCo(
        MoCoLoss(0.2), KeyQueue(8, 4), Constant(momentum), projector=projector
    )


def encoder():
    return {"encoder": torch.nn.Linear(2, 8)}


def test_without_a_momentum_there_is_no_teacher():
    networks = assemble(encoder(), {"a": NTXent(NTXentLoss())})
    assert list(networks.modules) == ["encoder"]
    assert not networks.teachers and not networks.followed


def test_teachers_are_copies_of_equal_weights():
    networks = assemble(encoder(), {"byol": byol(0.9)})
    for student, teacher, momentum in networks.followed:
        copy = networks.modules[teacher]
        assert isinstance(copy, EMATeacher) and momentum(0.5) == 0.9
        mine, theirs = copy.network, networks.modules[student]
        assert mine is not theirs
        assert torch.equal(mine.weight, theirs.weight)


def test_equal_schedules_share_an_encoder_and_their_own_heads_are_followed():
    networks = assemble(encoder(), {"byol": byol(0.9), "moco": moco(0.9)})
    assert networks.teachers == dict.fromkeys(
        ("byol", "moco"), "teacher_encoder"
    )
    assert networks.heads["byol"] == {
        "projector": "projector",
        "predictor": "predictor",
        "teacher_projector": "teacher_projector",
    }
    assert networks.heads["moco"] == {}


def test_other_schedules_have_a_teacher_each():
    networks = assemble(encoder(), {"byol": byol(0.9), "moco": moco(0.99)})
    assert networks.teachers == {
        "byol": "teacher_encoder",
        "moco": "moco_teacher_encoder",
    }


def test_a_shared_head_has_one_average():
    projector = torch.nn.Linear(8, 4)
    networks = assemble(
        encoder(),
        {"byol": byol(0.9, projector), "moco": moco(0.9, projector)},
    )
    assert networks.heads["moco"]["teacher_projector"] == "teacher_projector"
    assert len(networks.followed) == 2
