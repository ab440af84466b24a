"""The commands of `sb-contrastive`, which is `python -m sb_contrastive` too; each has a file."""

from sb_contrastive.command_line.main import main

__all__ = ["main"]
