"""Networks that turn waveforms into embeddings or frames, and heads on top of them."""

from sb_contrastive.encoders.frozen import FrozenEncoder
from sb_contrastive.encoders.heads import DINOHead
from sb_contrastive.encoders.hugging_face import HuggingFaceFrames
from sb_contrastive.encoders.pooling import StatisticsPooling
from sb_contrastive.encoders.utterance_encoder import UtteranceEncoder

__all__ = [
    "DINOHead",
    "FrozenEncoder",
    "HuggingFaceFrames",
    "StatisticsPooling",
    "UtteranceEncoder",
]
