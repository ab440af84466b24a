"""The commands of `python -m sb_contrastive`, one file each."""

from sb_contrastive.command_line.main import main

__all__ = ["main"]
