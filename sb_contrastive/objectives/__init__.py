"""Pretraining objectives that a `PretrainingBrain` can train one by one or together."""

from sb_contrastive.objectives.asymmetric.byol import BYOL
from sb_contrastive.objectives.asymmetric.ressl import ReSSL
from sb_contrastive.objectives.asymmetric.simsiam import SimSiam
from sb_contrastive.objectives.asymmetric.sup_byol import SupBYOL
from sb_contrastive.objectives.asymmetric.sup_siam import SupSiam
from sb_contrastive.objectives.clustering.clustered_memory import (
    ClusteredMemory,
)
from sb_contrastive.objectives.clustering.deep_cluster import DeepCluster
from sb_contrastive.objectives.clustering.false_negatives import (
    FalseNegatives,
)
from sb_contrastive.objectives.clustering.pseudo_speakers import PseudoSpeakers
from sb_contrastive.objectives.clustering.sdpn import SDPN
from sb_contrastive.objectives.clustering.speaker_groups import SpeakerGroups
from sb_contrastive.objectives.clustering.swav import SwAV
from sb_contrastive.objectives.covariance.lejepa import LeJEPA
from sb_contrastive.objectives.covariance.w_mse import WMSE
from sb_contrastive.objectives.dino import DINO
from sb_contrastive.objectives.koleo import KoLeo
from sb_contrastive.objectives.metric_learning import MetricLearning
from sb_contrastive.objectives.moco import MoCo
from sb_contrastive.objectives.nt_xent import NTXent
from sb_contrastive.objectives.objective import (
    Embeddings,
    Moment,
    Objective,
    clean,
)
from sb_contrastive.objectives.pairs import PairObjective
from sb_contrastive.objectives.positives.cluster_aware_crops import (
    ClusterAwareCrops,
)
from sb_contrastive.objectives.positives.ssps import SSPS
from sb_contrastive.objectives.regulariser import Regulariser
from sb_contrastive.objectives.weighting import GradientNorm

__all__ = [
    "BYOL",
    "ClusterAwareCrops",
    "ClusteredMemory",
    "DINO",
    "DeepCluster",
    "Embeddings",
    "FalseNegatives",
    "GradientNorm",
    "KoLeo",
    "LeJEPA",
    "MetricLearning",
    "MoCo",
    "Moment",
    "NTXent",
    "Objective",
    "PairObjective",
    "Regulariser",
    "ReSSL",
    "PseudoSpeakers",
    "SDPN",
    "SSPS",
    "SimSiam",
    "SpeakerGroups",
    "SupBYOL",
    "SupSiam",
    "SwAV",
    "WMSE",
    "clean",
]
