"""Losses are pure modules that take tensors and return a scalar."""

from sb_contrastive.losses.classification.aam_softmax import AAMSoftmaxLoss
from sb_contrastive.losses.classification.label_correction import (
    LabelCorrection,
)
from sb_contrastive.losses.classification.loss_gate import LossGate
from sb_contrastive.losses.combined import CombinedLoss
from sb_contrastive.losses.contrastive.moco import MoCoLoss
from sb_contrastive.losses.contrastive.nt_xent import NTXentLoss
from sb_contrastive.losses.contrastive.supcon import SupConLoss
from sb_contrastive.losses.contrastive.triplet import TripletLoss
from sb_contrastive.losses.non_contrastive.barlow_twins import BarlowTwinsLoss
from sb_contrastive.losses.non_contrastive.byol import BYOLLoss
from sb_contrastive.losses.non_contrastive.dino import DINOLoss
from sb_contrastive.losses.non_contrastive.koleo import KoLeoLoss
from sb_contrastive.losses.non_contrastive.mean_entropy import MeanEntropyLoss
from sb_contrastive.losses.non_contrastive.spread import SpreadLoss
from sb_contrastive.losses.non_contrastive.vicreg import VICRegLoss

__all__ = [
    "AAMSoftmaxLoss",
    "BYOLLoss",
    "BarlowTwinsLoss",
    "CombinedLoss",
    "DINOLoss",
    "KoLeoLoss",
    "LabelCorrection",
    "LossGate",
    "MeanEntropyLoss",
    "MoCoLoss",
    "NTXentLoss",
    "SpreadLoss",
    "SupConLoss",
    "TripletLoss",
    "VICRegLoss",
]
