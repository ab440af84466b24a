"""PNG plots of a run: training curves, confusion matrix, embedding map, label
efficiency, DET curve, score histogram, embedding spaces before and after
training, systems over seeds, objectives by error, accuracy and cost.

matplotlib, scikit-learn and SciPy are imported when a plot is drawn.
"""

from sb_contrastive.evaluation.plots.confusion_matrix import confusion_matrix
from sb_contrastive.evaluation.plots.det_curve import det_curve
from sb_contrastive.evaluation.plots.embedding_map import embedding_map
from sb_contrastive.evaluation.plots.label_efficiency import label_efficiency
from sb_contrastive.evaluation.plots.objective_comparison import (
    objective_comparison,
)
from sb_contrastive.evaluation.plots.score_histogram import score_histogram
from sb_contrastive.evaluation.plots.space_change import space_change
from sb_contrastive.evaluation.plots.system_comparison import system_comparison
from sb_contrastive.evaluation.plots.training_curves import training_curves

__all__ = [
    "confusion_matrix",
    "det_curve",
    "embedding_map",
    "label_efficiency",
    "objective_comparison",
    "score_histogram",
    "space_change",
    "system_comparison",
    "training_curves",
]
