"""The Brain that pretrains an encoder with one objective or several, and the parts that it is made of."""

from sb_contrastive.brains.pretraining.brain import PretrainingBrain
from sb_contrastive.brains.pretraining.forward import Forward

__all__ = ["Forward", "PretrainingBrain"]
