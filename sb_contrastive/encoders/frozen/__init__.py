"""Encoders whose weights nothing changes, and the frames that they give."""

from sb_contrastive.encoders.frozen.encoder import FrozenEncoder
from sb_contrastive.encoders.frozen.frames import FrozenFrames

__all__ = ["FrozenEncoder", "FrozenFrames"]
