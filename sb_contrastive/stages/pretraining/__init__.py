"""Pretraining: the stage, one run of it, and its run on the audio of all folds."""

from sb_contrastive.stages.pretraining.on_all import (
    check_pretrain_on_all,
    pretrain_on_all,
    stages_of_folds,
)
from sb_contrastive.stages.pretraining.run import PretrainingRun
from sb_contrastive.stages.pretraining.stage import (
    pretrain,
    serves_each_fold_alone,
)

__all__ = [
    "PretrainingRun",
    "check_pretrain_on_all",
    "pretrain",
    "pretrain_on_all",
    "serves_each_fold_alone",
    "stages_of_folds",
]
