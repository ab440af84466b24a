"""Networks that turn waveforms into embeddings, and heads on top of them."""

from sb_contrastive.encoders.class_adapter import ClassAdapter
from sb_contrastive.encoders.heads import DINOHead
from sb_contrastive.encoders.pooling import StatisticsPooling
from sb_contrastive.encoders.projector import Projector
from sb_contrastive.encoders.utterance_encoder import UtteranceEncoder

__all__ = [
    "ClassAdapter",
    "DINOHead",
    "Projector",
    "StatisticsPooling",
    "UtteranceEncoder",
]
