"""Pretraining objectives that a `PretrainingBrain` can train one by one or together."""

from sb_contrastive.objectives.asymmetric.byol import BYOL
from sb_contrastive.objectives.dino import DINO
from sb_contrastive.objectives.koleo import KoLeo
from sb_contrastive.objectives.metric_learning import MetricLearning
from sb_contrastive.objectives.moco import MoCo
from sb_contrastive.objectives.nt_xent import NTXent
from sb_contrastive.objectives.objective import Embeddings, Moment, Objective
from sb_contrastive.objectives.pairs import PairObjective
from sb_contrastive.objectives.weighting import GradientNorm

__all__ = [
    "BYOL",
    "DINO",
    "Embeddings",
    "GradientNorm",
    "KoLeo",
    "MetricLearning",
    "MoCo",
    "Moment",
    "NTXent",
    "Objective",
    "PairObjective",
]
