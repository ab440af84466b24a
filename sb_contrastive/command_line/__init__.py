"""The commands of `python -m sb_contrastive`; each has a file."""

from sb_contrastive.command_line.main import main

__all__ = ["main"]
