"""Stages that an experiment is made of; a YAML names them and sets their options."""

from sb_contrastive.experiment.unrolling import repeat
from sb_contrastive.rows.silence import silence_rows
from sb_contrastive.rows.speakers import training_rows, trial_sets
from sb_contrastive.stages.exporting import export, export_pretrained
from sb_contrastive.stages.frozen_encoder import (
    about_frozen_encoder,
    pretrain_frames,
)
from sb_contrastive.stages.held_out_test import predict_held_out
from sb_contrastive.stages.pretraining import pretrain
from sb_contrastive.stages.pseudo_labels import classify, cluster, embed
from sb_contrastive.stages.reported_protocol import about_probes
from sb_contrastive.stages.reporting import report
from sb_contrastive.stages.spaces import measure_spaces
from sb_contrastive.stages.studies import answer_questions, execute_runs
from sb_contrastive.stages.verification import verify
from sb_contrastive.systems import (
    AdapterStep,
    ClassifierStep,
    MetricLearningStep,
    System,
    frame_cache,
)
from sb_contrastive.systems.probing import (
    ProbeStep,
    encoder_vectors,
    mfcc_vectors,
    opensmile_vectors,
    resemblyzer_vectors,
)

__all__ = [
    "AdapterStep",
    "ClassifierStep",
    "MetricLearningStep",
    "ProbeStep",
    "System",
    "about_frozen_encoder",
    "about_probes",
    "answer_questions",
    "classify",
    "cluster",
    "embed",
    "encoder_vectors",
    "execute_runs",
    "export",
    "export_pretrained",
    "frame_cache",
    "measure_spaces",
    "mfcc_vectors",
    "opensmile_vectors",
    "predict_held_out",
    "pretrain",
    "pretrain_frames",
    "repeat",
    "report",
    "resemblyzer_vectors",
    "silence_rows",
    "training_rows",
    "trial_sets",
    "verify",
]
