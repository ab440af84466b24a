"""Every objective on an encoder of a few hundred parameters."""

import pytest
import torch

from sb_contrastive.brains import PretrainingBrain
from sb_contrastive.data.views import RandomCrops
from sb_contrastive.encoders import DINOHead, Prototypes
from sb_contrastive.losses import (
    Attraction,
    BarlowTwinsLoss,
    DINOLoss,
    LeJEPALoss,
    MoCoLoss,
    NTXentLoss,
    SpreadLoss,
    VICRegLoss,
    WMSELoss,
)
from sb_contrastive.objectives import (
    BYOL,
    DINO,
    SDPN,
    WMSE,
    ClusteredMemory,
    DeepCluster,
    FalseNegatives,
    LeJEPA,
    MoCo,
    NTXent,
    PairObjective,
    Regulariser,
    ReSSL,
    SimSiam,
    SupBYOL,
    SupSiam,
    SwAV,
)
from sb_contrastive.queue import KeyQueue
from sb_contrastive.schedules import Constant, Cosine, LinearThenConstant
from sb_contrastive.utterance_memory import UtteranceMemory

P, K = 4, 6


def projector():
    return torch.nn.Linear(8, P)


def predictor():
    return torch.nn.Sequential(
        torch.nn.Linear(P, 12),
        torch.nn.BatchNorm1d(12),
        torch.nn.ReLU(),
        torch.nn.Linear(12, P),
    )


def momentum():
    return Cosine(0.9, 1.0)


def false_negatives(weighting=None):
    memory = UtteranceMemory(None, P, views=1)
    return FalseNegatives(ClusteredMemory(memory, clusters=3), weighting)


# Name -> what makes it anew
OBJECTIVES = {
    "BarlowTwins": lambda: PairObjective(BarlowTwinsLoss(), projector()),
    "VICReg": lambda: PairObjective(VICRegLoss(), projector()),
    "BYOL": lambda: BYOL(projector(), predictor(), momentum()),
    "SimSiam": lambda: SimSiam(projector(), predictor()),
    "SupSiam": lambda: SupSiam(projector(), predictor(), KeyQueue(20, P)),
    "SupBYOL": lambda: SupBYOL(
        projector(), predictor(), momentum(), KeyQueue(20, P)
    ),
    "ReSSL": lambda: ReSSL(projector(), KeyQueue(10, P), momentum()),
    "SwAV": lambda: SwAV(
        projector(),
        Prototypes(P, K),
        queue=KeyQueue(8, P),
        queue_from=0.2,
        freeze_prototypes=0.1,
    ),
    "DeepCluster": lambda: DeepCluster(
        projector(), UtteranceMemory(20, P), clusters=3, clusterings=2
    ),
    "WMSE": lambda: WMSE(
        torch.nn.Linear(8, 2), WMSELoss(part_size=6, eps=0.01), partitions=2
    ),
    "SDPN": lambda: SDPN(projector(), Prototypes(P, K), momentum()),
    "LeJEPA": lambda: LeJEPA(projector(), LeJEPALoss(0.2), directions=16),
    "NTXent": lambda: NTXent(
        NTXentLoss(0.2, negatives=false_negatives()), projector=projector()
    ),
    "MoCo": lambda: MoCo(
        MoCoLoss(0.2, negatives=false_negatives(Attraction())),
        KeyQueue(20, P),
        momentum(),
        projector=projector(),
    ),
    "RDINO": lambda: DINO(
        DINOHead(8, 24, hidden_dim=16, bottleneck_dim=8),
        DINOLoss(24),
        momentum(),
        Constant(0.04),
        regularisers={
            "regulariser": Regulariser(
                SpreadLoss(), LinearThenConstant(0.05, 0.2, 0.07), "hidden"
            )
        },
    ),
}


@pytest.fixture
def build(pretraining, small_encoder, one_order):
    """Makes a Brain of some objectives anew, and a function that trains it."""

    def make(
        names=tuple(OBJECTIVES), reference=None, positives=None, **options
    ):
        objectives = {name: OBJECTIVES[name]() for name in names}
        sets = {"pair": (2, 0.15), "long": (2, 0.2), "short": (2, 0.1)}
        views = dict.fromkeys(v for o in objectives.values() for v in o.views)
        counts, seconds = zip(*(sets[view] for view in views))
        return pretraining(
            PretrainingBrain,
            modules={"encoder": small_encoder()},
            objectives=objectives,
            crops=RandomCrops(
                counts, seconds, seed=1, reference_seconds=reference
            ),
            positives=positives and positives(),
            **options,
        )

    return make
