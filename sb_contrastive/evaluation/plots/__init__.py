"""PNG plots of a run: training curves, confusion, embedding map, label use.

matplotlib and scikit-learn are imported when a plot is drawn.
"""

from sb_contrastive.evaluation.plots.confusion_matrix import confusion_matrix
from sb_contrastive.evaluation.plots.embedding_map import embedding_map
from sb_contrastive.evaluation.plots.label_efficiency import label_efficiency
from sb_contrastive.evaluation.plots.training_curves import training_curves

__all__ = [
    "confusion_matrix",
    "embedding_map",
    "label_efficiency",
    "training_curves",
]
