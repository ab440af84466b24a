"""Signatures of stages, systems and steps: they are the schema of an experiment's YAML."""

from sb_contrastive.experiment.signatures.arguments import (
    REQUIRED,
    Parameter,
    parameters,
)
from sb_contrastive.experiment.signatures.composed import composed
from sb_contrastive.experiment.signatures.targets import (
    checked_by,
    is_stage,
    located,
    takes_experiment,
)

__all__ = [
    "REQUIRED",
    "Parameter",
    "checked_by",
    "composed",
    "is_stage",
    "located",
    "parameters",
    "takes_experiment",
]
