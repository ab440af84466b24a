"""Another objective in an experiment that pretrains, as `--objective` names it, and other parts that are named."""

from sb_contrastive.experiment.objective.choices import (
    choices_of,
    is_choice,
    values_of_choices,
    with_choice,
)
from sb_contrastive.experiment.objective.file import (
    objectives_of,
    values_of_objective,
)
from sb_contrastive.experiment.objective.swap import with_objective

__all__ = [
    "choices_of",
    "is_choice",
    "objectives_of",
    "values_of_choices",
    "values_of_objective",
    "with_choice",
    "with_objective",
]
