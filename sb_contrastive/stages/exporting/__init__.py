"""Stages `export` and `export_pretrained`: model folders that SpeechBrain loads."""

from sb_contrastive.stages.exporting.of_pretraining import export_pretrained
from sb_contrastive.stages.exporting.of_system import export

__all__ = ["export", "export_pretrained"]
