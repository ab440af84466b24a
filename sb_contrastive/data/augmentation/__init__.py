"""Augments crops by noise, rooms and speed, drawn for each."""

from sb_contrastive.data.augmentation.augmentation import Augmentation

__all__ = ["Augmentation"]
