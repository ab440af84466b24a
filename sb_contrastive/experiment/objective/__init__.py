"""Another objective in an experiment that pretrains, as `--objective` names it."""

from sb_contrastive.experiment.objective.file import (
    objectives_of,
    values_of_objective,
)
from sb_contrastive.experiment.objective.swap import with_objective

__all__ = ["objectives_of", "values_of_objective", "with_objective"]
