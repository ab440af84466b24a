"""Stages of training on pseudo-labels: embed, cluster, classify."""

from sb_contrastive.stages.pseudo_labels.classification import classify
from sb_contrastive.stages.pseudo_labels.clustering import cluster
from sb_contrastive.stages.pseudo_labels.embedding import embed

__all__ = ["classify", "cluster", "embed"]
