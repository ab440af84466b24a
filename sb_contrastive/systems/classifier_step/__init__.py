"""The training step that learns classes: what it trains on, for how long, and by which Brain."""

from sb_contrastive.systems.classifier_step.length import USUAL
from sb_contrastive.systems.classifier_step.step import ClassifierStep

__all__ = ["USUAL", "ClassifierStep"]
