"""Networks that turn waveforms into embeddings or frames, and heads on top of them."""

from sb_contrastive.encoders.frames import EncoderFrames
from sb_contrastive.encoders.frozen.encoder import FrozenEncoder
from sb_contrastive.encoders.heads.class_head import ClassHead
from sb_contrastive.encoders.heads.dino_head import DINOHead
from sb_contrastive.encoders.heads.normed_linear import NormedLinear
from sb_contrastive.encoders.heads.projector import Projector
from sb_contrastive.encoders.heads.prototypes import Prototypes
from sb_contrastive.encoders.heads.standardised_linear import (
    StandardisedLinear,
)
from sb_contrastive.encoders.heads.sub_centres import SubCentres
from sb_contrastive.encoders.pooling.attentive import AttentivePooling
from sb_contrastive.encoders.pooling.by_name import frame_pooling
from sb_contrastive.encoders.pooling.layer_statistics import LayerStatistics
from sb_contrastive.encoders.pooling.mean import MeanPooling
from sb_contrastive.encoders.pooling.mhfa import MHFA
from sb_contrastive.encoders.pooling.pooled_frames import PooledFrames
from sb_contrastive.encoders.pooling.statistics import StatisticsPooling
from sb_contrastive.encoders.pretrained.hugging_face import HuggingFaceFrames
from sb_contrastive.encoders.pretrained.whisper import WhisperFrames
from sb_contrastive.encoders.resnet34 import ResNet34
from sb_contrastive.encoders.short_time_mean import ShortTimeMeanNorm
from sb_contrastive.encoders.tuning.tuning import Tuning
from sb_contrastive.encoders.utterance_encoder import UtteranceEncoder
from sb_contrastive.encoders.xvector import XVector

__all__ = [
    "AttentivePooling",
    "ClassHead",
    "DINOHead",
    "EncoderFrames",
    "FrozenEncoder",
    "HuggingFaceFrames",
    "LayerStatistics",
    "MHFA",
    "MeanPooling",
    "NormedLinear",
    "PooledFrames",
    "Projector",
    "Prototypes",
    "ResNet34",
    "ShortTimeMeanNorm",
    "StandardisedLinear",
    "StatisticsPooling",
    "SubCentres",
    "Tuning",
    "UtteranceEncoder",
    "WhisperFrames",
    "XVector",
    "frame_pooling",
]
