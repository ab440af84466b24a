"""Computes the frames of a frozen encoder once and keeps them."""

from sb_contrastive.data.features.datasets import FrameCrops

__all__ = ["FrameCrops"]
