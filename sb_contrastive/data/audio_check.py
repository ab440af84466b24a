"""Another name of `sb_contrastive.data.audio.check`, which scripts may import."""

from sb_contrastive.data.audio.check import check_audio

__all__ = ["check_audio"]
