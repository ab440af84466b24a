"""The steps an experiment is made of; a YAML names them and sets their options."""

from sb_contrastive.stages.cross_validation import cross_validate
from sb_contrastive.stages.exporting import export
from sb_contrastive.stages.pretraining import pretrain
from sb_contrastive.stages.reporting import report

__all__ = ["cross_validate", "export", "pretrain", "report"]
