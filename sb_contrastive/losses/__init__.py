"""Objectives: pure modules, tensors in, scalar out."""

from sb_contrastive.losses.dino import DINOLoss
from sb_contrastive.losses.koleo import KoLeoLoss
from sb_contrastive.losses.moco import MoCoLoss
from sb_contrastive.losses.nt_xent import NTXentLoss

__all__ = ["DINOLoss", "KoLeoLoss", "MoCoLoss", "NTXentLoss"]
