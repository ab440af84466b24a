"""Uses trained models from Python: embeddings, classes, and whether two files are of one speaker."""

from sb_contrastive.inference.loading import load
from sb_contrastive.inference.model import Model, Verification
from sb_contrastive.inference.speakers import Speaker

__all__ = ["Model", "Speaker", "Verification", "load"]
