"""Each method with one objective gives the losses that it gave before objectives could be combined."""

import functools
from unittest import mock

import pytest
import torch

from sb_contrastive.brains import (
    DINOBrain,
    MetricLearningBrain,
    MoCoBrain,
    SimCLRBrain,
)
from sb_contrastive.data.sampling import ViewTriplets
from sb_contrastive.data.views import RandomCrops
from sb_contrastive.encoders import DINOHead, Projector
from sb_contrastive.losses import (
    CombinedLoss,
    DINOLoss,
    MoCoLoss,
    NTXentLoss,
    SupConLoss,
    VICRegLoss,
)
from sb_contrastive.queue import KeyQueue
from sb_contrastive.schedules import Cosine, LinearThenConstant


def _former_head():
    """A head whose prototypes start as they did when the values were recorded."""
    uniform = torch.nn.init.uniform_

    def start(tensor, *bounds):
        if tensor.dim() == 2:
            return torch.nn.init.trunc_normal_(tensor, std=0.02)
        return uniform(tensor, *bounds)

    with mock.patch("torch.nn.init.uniform_", start):
        return DINOHead(8, 24, hidden_dim=16, bottleneck_dim=8)


def _dino(encoder, koleo_weight=0.0):
    return DINOBrain, {
        "modules": {"encoder": encoder, "head": _former_head()},
        "loss": DINOLoss(24),
        "teacher_momentum": Cosine(0.7, 1.0),
        "teacher_temperature": LinearThenConstant(0.04, 0.07, until=0.5),
        "freeze_prototypes": 0.2,
        "koleo_weight": koleo_weight,
        "crops": RandomCrops([2, 3], [0.2, 0.1], seed=1),
    }


def _simclr(encoder):
    return SimCLRBrain, {
        "modules": {"encoder": encoder},
        "loss": NTXentLoss(0.2),
        "margin": Cosine(0.0, 0.1, until=0.5),
        "crops": RandomCrops([2], [0.15], seed=1, disjoint=True),
    }


def _moco(encoder):
    return MoCoBrain, {
        "modules": {"encoder": encoder, "projector": torch.nn.Linear(8, 6)},
        "loss": MoCoLoss(0.2, 0.1),
        "queue": KeyQueue(8, 6),
        "key_momentum": Cosine(0.7, 1.0),
        "crops": RandomCrops([2], [0.15], seed=1),
    }


def _combined(encoder):
    losses = SupConLoss(0.2), VICRegLoss(1.0, 1.0, 0.04)
    return MetricLearningBrain, {
        "modules": {"encoder": encoder, "projector": Projector(8, 4)},
        "loss": CombinedLoss(*losses, alpha=0.5, mixing="gradnorm"),
        "triplets": ViewTriplets(1),
        "crops": RandomCrops([2], [0.15], seed=1),
    }


# The first three losses, and the sum of the absolute weights of the student's
# encoder after them, recorded in version 0.1.0
GOLDEN = {
    "DINO": (
        _dino,
        [1.657868504524231, 1.6180047988891602, 3.3114187717437744],
        99.92053309180584,
    ),
    "DINO and KoLeo": (
        functools.partial(_dino, koleo_weight=0.1),
        [1.71908438205719, 1.6818273067474365, 3.39139986038208],
        99.92157466536776,
    ),
    "SimCLR": (
        _simclr,
        [0.9043894410133362, 1.058260202407837, 1.4190887212753296],
        99.98563137814926,
    ),
    "MoCo": (
        _moco,
        [0.0, 1.441207766532898, 1.707193374633789],
        99.94654403158893,
    ),
    "combined": (
        _combined,
        [2.009202003479004, 2.0480151176452637, 2.318202018737793],
        100.02996813238133,
    ),
}


@pytest.mark.parametrize("method", GOLDEN)
def test_losses_are_those_recorded(
    method, pretraining, small_encoder, one_order
):
    make, losses, weights = GOLDEN[method]
    brain_class, options = make(small_encoder())
    # Adam would make whole steps of gradients that are rounding errors
    sgd = functools.partial(torch.optim.SGD, momentum=0.9)
    brain, fit = pretraining(brain_class, epochs=1, opt_class=sgd, **options)
    fit()
    assert [loss for _, _, loss in brain.history] == pytest.approx(
        losses, rel=1e-5
    )
    encoder = brain.modules.encoder.parameters()
    total = sum(p.double().abs().sum().item() for p in encoder)
    assert total == pytest.approx(weights, rel=1e-5)
