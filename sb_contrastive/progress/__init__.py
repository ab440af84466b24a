"""Shows a person what runs: names, how far it is, how long it still takes."""

from sb_contrastive.progress.bars import bar, bar_options
from sb_contrastive.progress.shown import Display, current, display, losses
from sb_contrastive.progress.volume import volume_of

__all__ = [
    "Display",
    "bar",
    "bar_options",
    "current",
    "display",
    "losses",
    "volume_of",
]
