"""Frames of a frozen encoder, computed once and kept."""

from sb_contrastive.data.features.datasets import FrameCrops

__all__ = ["FrameCrops"]
