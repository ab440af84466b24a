"""Metrics, probes, collapse monitors, tables and plots."""

from sb_contrastive.evaluation.classification.intervals import (
    bootstrap_intervals,
)
from sb_contrastive.evaluation.classification.report import (
    classification_report,
)
from sb_contrastive.evaluation.classification.summary import summarise
from sb_contrastive.evaluation.classification.tables import (
    fold_table,
    results_table,
)
from sb_contrastive.evaluation.embeddings.few_shot import few_shot_accuracy
from sb_contrastive.evaluation.embeddings.label_free.alpha_req import alpha_req
from sb_contrastive.evaluation.embeddings.label_free.lidar import lidar
from sb_contrastive.evaluation.embeddings.label_free.measures import (
    label_free_measures,
)
from sb_contrastive.evaluation.embeddings.label_free.stability import (
    cluster_stability,
)
from sb_contrastive.evaluation.embeddings.monitors import (
    effective_rank,
    embedding_std,
    mean_cosine,
    prototype_perplexity,
    teacher_entropy,
    teacher_information,
)
from sb_contrastive.evaluation.embeddings.pair_monitors import pair_agreement
from sb_contrastive.evaluation.embeddings.probes import (
    knn_accuracy,
    speaker_eer,
    speaker_probes,
)
from sb_contrastive.evaluation.embeddings.space import (
    davies_bouldin,
    intraclass_correlation,
    space_report,
    within_between,
)
from sb_contrastive.evaluation.package_versions import versions
from sb_contrastive.evaluation.plots import (
    confusion_matrix,
    det_curve,
    embedding_map,
    label_efficiency,
    score_histogram,
    training_curves,
)
from sb_contrastive.evaluation.results_file import write_results
from sb_contrastive.evaluation.verification.bootstrap import (
    verification_intervals,
)
from sb_contrastive.evaluation.verification.error_rates import eer, min_dcf
from sb_contrastive.evaluation.verification.report import verification_report
from sb_contrastive.evaluation.verification.scores.normalisation import (
    as_norm,
    subtract_mean,
)
from sb_contrastive.evaluation.verification.scores.scoring import cosine_scores
from sb_contrastive.evaluation.verification.segments import embed_segments

__all__ = [
    "alpha_req",
    "as_norm",
    "bootstrap_intervals",
    "classification_report",
    "cluster_stability",
    "confusion_matrix",
    "cosine_scores",
    "davies_bouldin",
    "det_curve",
    "eer",
    "effective_rank",
    "embed_segments",
    "embedding_map",
    "embedding_std",
    "few_shot_accuracy",
    "fold_table",
    "intraclass_correlation",
    "knn_accuracy",
    "label_efficiency",
    "label_free_measures",
    "lidar",
    "mean_cosine",
    "min_dcf",
    "pair_agreement",
    "prototype_perplexity",
    "results_table",
    "score_histogram",
    "space_report",
    "speaker_eer",
    "speaker_probes",
    "subtract_mean",
    "summarise",
    "teacher_entropy",
    "teacher_information",
    "training_curves",
    "verification_intervals",
    "verification_report",
    "versions",
    "within_between",
    "write_results",
]
