"""A number stands for a schedule that does not change, wherever one is taken."""

import pytest
import torch

from sb_contrastive.encoders import DINOHead, Projector
from sb_contrastive.losses import DINOLoss, MoCoLoss, NTXentLoss
from sb_contrastive.momentum import TeacherMomentum
from sb_contrastive.objectives import BYOL, DINO, MoCo, NTXent, ReSSL
from sb_contrastive.queue import KeyQueue
from sb_contrastive.schedules import Constant


def momenta(value):
    projector = Projector(8, 4)
    return [
        BYOL(projector, Projector(4, 4), value).momentum,
        ReSSL(projector, KeyQueue(8, 4), value).momentum,
        DINO(DINOHead(8, 16), DINOLoss(16), value, 0.04).momentum,
        MoCo(MoCoLoss(0.1), KeyQueue(8, 4), value).momentum,
        TeacherMomentum(value),
    ]


@pytest.mark.parametrize("value", [0.9, Constant(0.9)])
def test_momentum(value):
    torch.manual_seed(0)
    assert [m(0.3) for m in momenta(value)] == 5 * [0.9]


def test_temperature_and_margin():
    dino = DINO(DINOHead(8, 16), DINOLoss(16), 0.9, 0.04)
    assert dino.teacher_temperature(0.7) == 0.04
    loss = NTXentLoss(0.1, margin=0.2)
    assert NTXent(loss).margin(0.7) == 0.2
    assert NTXent(loss, 0.0).margin(0.7) == 0.0
    assert NTXent(loss, Constant(0.1)).margin(0.7) == 0.1
