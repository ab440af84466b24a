"""Groups embeddings by speaker."""

from sb_contrastive.evaluation.clustering.agreement import agreement
from sb_contrastive.evaluation.clustering.groups import Groups, group_speakers
from sb_contrastive.evaluation.clustering.trust import Trust, how_far_to_trust

__all__ = [
    "Groups",
    "Trust",
    "agreement",
    "group_speakers",
    "how_far_to_trust",
]
