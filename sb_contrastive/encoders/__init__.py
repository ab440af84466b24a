"""Networks that turn waveforms into embeddings, and heads on top of them."""

from sb_contrastive.encoders.attentive_pooling import (
    AttentivePooling,
    MeanPooling,
)
from sb_contrastive.encoders.heads import DINOHead
from sb_contrastive.encoders.pooling import StatisticsPooling
from sb_contrastive.encoders.utterance_encoder import UtteranceEncoder

__all__ = [
    "AttentivePooling",
    "DINOHead",
    "MeanPooling",
    "StatisticsPooling",
    "UtteranceEncoder",
]
