"""Objectives: pure modules, tensors in, scalar out."""

from sb_contrastive.losses.dino import DINOLoss
from sb_contrastive.losses.koleo import KoLeoLoss

__all__ = ["DINOLoss", "KoLeoLoss"]
