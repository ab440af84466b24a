"""Cuts what a network sees of an utterance: crops, chunks, or all of it."""

from sb_contrastive.data.views.chunks import chunk_rows
from sb_contrastive.data.views.crops import RandomCrops

__all__ = ["RandomCrops", "chunk_rows"]
