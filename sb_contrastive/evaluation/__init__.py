"""Metrics, probes, collapse monitors, tables and plots."""

from sb_contrastive.evaluation.classification import (
    bootstrap_intervals,
    classification_report,
)
from sb_contrastive.evaluation.monitors import (
    effective_rank,
    embedding_std,
    mean_cosine,
    prototype_perplexity,
    teacher_entropy,
)
from sb_contrastive.evaluation.package_versions import versions
from sb_contrastive.evaluation.plots import (
    confusion_matrix,
    embedding_map,
    label_efficiency,
    training_curves,
)
from sb_contrastive.evaluation.probes import knn_accuracy, speaker_eer
from sb_contrastive.evaluation.results_file import write_results
from sb_contrastive.evaluation.summary import summarise
from sb_contrastive.evaluation.tables import fold_table, results_table
from sb_contrastive.evaluation.verification import eer, min_dcf

__all__ = [
    "bootstrap_intervals",
    "classification_report",
    "confusion_matrix",
    "eer",
    "effective_rank",
    "embedding_map",
    "embedding_std",
    "fold_table",
    "knn_accuracy",
    "label_efficiency",
    "mean_cosine",
    "min_dcf",
    "prototype_perplexity",
    "results_table",
    "speaker_eer",
    "summarise",
    "teacher_entropy",
    "training_curves",
    "versions",
    "write_results",
]
