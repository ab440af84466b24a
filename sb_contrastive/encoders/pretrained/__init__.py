"""Pretrained networks from Hugging Face as front ends: frozen, partly trained, adapted or trained whole."""

from sb_contrastive.encoders.pretrained.hugging_face import HuggingFaceFrames
from sb_contrastive.encoders.pretrained.tuning import Tuning
from sb_contrastive.encoders.pretrained.whisper import WhisperFrames

__all__ = ["HuggingFaceFrames", "Tuning", "WhisperFrames"]
