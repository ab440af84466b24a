"""Speech embeddings without labels, inside SpeechBrain."""

from sb_contrastive.momentum import EMATeacher

__version__ = "0.1.0"
__all__ = ["EMATeacher", "__version__"]
