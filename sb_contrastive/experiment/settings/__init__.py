"""The settings that each stage has been run with, by which an output folder keeps to one experiment."""

from sb_contrastive.experiment.settings.settings import Settings

__all__ = ["Settings"]
