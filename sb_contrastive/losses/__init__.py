"""Objectives: pure modules, tensors in, scalar out."""

from sb_contrastive.losses.dino import DINOLoss

__all__ = ["DINOLoss"]
