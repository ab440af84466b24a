"""Groups embeddings by speaker."""

from sb_contrastive.evaluation.clustering.agreement import agreement
from sb_contrastive.evaluation.clustering.groups import Groups, group_speakers

__all__ = ["Groups", "agreement", "group_speakers"]
