"""Pretrained networks from Hugging Face as front ends: frozen, partly trained, adapted or trained whole."""

from sb_contrastive.encoders.pretrained.hugging_face import HuggingFaceFrames
from sb_contrastive.encoders.pretrained.whisper import WhisperFrames
from sb_contrastive.encoders.tuning.tuning import Tuning

__all__ = ["HuggingFaceFrames", "Tuning", "WhisperFrames"]
