"""Augmentation: noise, rooms and speed, drawn for each crop."""

from sb_contrastive.data.augmentation.augmentation import Augmentation

__all__ = ["Augmentation"]
