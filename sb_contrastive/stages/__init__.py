"""The steps an experiment is made of; a YAML names them and sets their options."""

from sb_contrastive.stages.adapter_step import AdapterStep
from sb_contrastive.stages.cross_validation import cross_validate
from sb_contrastive.stages.exporting import export, export_pretrained
from sb_contrastive.stages.frozen_frames import (
    about_frozen_encoder,
    frame_cache,
    pretrain_frames,
)
from sb_contrastive.stages.held_out_test import predict_held_out
from sb_contrastive.stages.pretraining import pretrain
from sb_contrastive.stages.reporting import report
from sb_contrastive.stages.silence_control import silence_rows
from sb_contrastive.stages.space_measures import measure_spaces
from sb_contrastive.stages.space_step import MetricLearningStep
from sb_contrastive.stages.speakers import training_rows
from sb_contrastive.stages.studies import answer_questions, execute_runs
from sb_contrastive.stages.verification import verify

__all__ = [
    "AdapterStep",
    "MetricLearningStep",
    "about_frozen_encoder",
    "answer_questions",
    "cross_validate",
    "execute_runs",
    "export",
    "export_pretrained",
    "frame_cache",
    "measure_spaces",
    "predict_held_out",
    "pretrain",
    "pretrain_frames",
    "report",
    "silence_rows",
    "training_rows",
    "verify",
]
