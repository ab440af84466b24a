"""Objectives: pure modules, tensors in, scalar out."""

from sb_contrastive.losses.barlow_twins import BarlowTwinsLoss
from sb_contrastive.losses.combined import CombinedLoss
from sb_contrastive.losses.dino import DINOLoss
from sb_contrastive.losses.koleo import KoLeoLoss
from sb_contrastive.losses.moco import MoCoLoss
from sb_contrastive.losses.nt_xent import NTXentLoss
from sb_contrastive.losses.supcon import SupConLoss
from sb_contrastive.losses.triplet import TripletLoss
from sb_contrastive.losses.vicreg import VICRegLoss

__all__ = [
    "BarlowTwinsLoss",
    "CombinedLoss",
    "DINOLoss",
    "KoLeoLoss",
    "MoCoLoss",
    "NTXentLoss",
    "SupConLoss",
    "TripletLoss",
    "VICRegLoss",
]
