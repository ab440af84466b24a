"""Systems that are trained and tested on folds, and the training steps that they are made of."""

from sb_contrastive.systems.adapter_step import AdapterStep
from sb_contrastive.systems.classifier_step import ClassifierStep
from sb_contrastive.systems.frozen_frames import frame_cache
from sb_contrastive.systems.metric_learning_step import MetricLearningStep
from sb_contrastive.systems.probing.probe_step import ProbeStep
from sb_contrastive.systems.system import System

__all__ = [
    "AdapterStep",
    "ClassifierStep",
    "MetricLearningStep",
    "ProbeStep",
    "System",
    "frame_cache",
]
