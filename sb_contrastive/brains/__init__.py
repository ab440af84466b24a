"""Training loops: SpeechBrain Brains that wire encoder, objectives and schedules."""

from sb_contrastive.brains.adapter import AdapterBrain
from sb_contrastive.brains.classification import ClassificationBrain
from sb_contrastive.brains.clusters import ClusterBrain
from sb_contrastive.brains.dino import DINOBrain
from sb_contrastive.brains.metric_learning import MetricLearningBrain
from sb_contrastive.brains.moco import MoCoBrain
from sb_contrastive.brains.pretraining import PretrainingBrain
from sb_contrastive.brains.simclr import SimCLRBrain
from sb_contrastive.brains.speaker import SpeakerBrain

__all__ = [
    "AdapterBrain",
    "ClassificationBrain",
    "ClusterBrain",
    "DINOBrain",
    "MetricLearningBrain",
    "MoCoBrain",
    "PretrainingBrain",
    "SimCLRBrain",
    "SpeakerBrain",
]
