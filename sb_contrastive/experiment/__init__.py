"""Experiments: a YAML with its overrides, and the stages that it names."""

from sb_contrastive.experiment.experiment import Experiment

__all__ = ["Experiment"]
