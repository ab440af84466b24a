"""Training loops: SpeechBrain Brains that wire encoder, loss and schedules."""

from sb_contrastive.brains.classification import ClassificationBrain
from sb_contrastive.brains.dino import DINOBrain

__all__ = ["ClassificationBrain", "DINOBrain"]
