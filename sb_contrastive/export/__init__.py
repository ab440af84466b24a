"""Exports trained networks as folders that SpeechBrain's inference classes load."""

from sb_contrastive.export.cards.classifier_card import classifier_card
from sb_contrastive.export.classifier import export_classifier
from sb_contrastive.export.encoder import export_encoder
from sb_contrastive.export.speech_only import SpeechOnly
from sb_contrastive.export.usage import Usage
from sb_contrastive.export.verified_encoder import export_verified_encoder

__all__ = [
    "SpeechOnly",
    "Usage",
    "classifier_card",
    "export_classifier",
    "export_encoder",
    "export_verified_encoder",
]
