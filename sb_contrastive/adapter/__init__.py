"""A light adapter over frozen frames, trained with local attributes (Song et al. 2025)."""

from sb_contrastive.adapter.adapter_encoder import AdapterEncoder
from sb_contrastive.adapter.adapter_objective import (
    AdapterObjective,
    predicted_dim,
)
from sb_contrastive.adapter.attributes.gmm_attributes import GMMAttributes
from sb_contrastive.adapter.attributes.online_codebook import OnlineCodebook
from sb_contrastive.adapter.attributes.periodic_kmeans import PeriodicKMeans
from sb_contrastive.adapter.heads import (
    AttributeHead,
    CosineAttributeHead,
    distillation_head,
    prediction_head,
)
from sb_contrastive.adapter.losses.prototype_distillation import (
    PrototypeDistillationLoss,
)
from sb_contrastive.adapter.mask_vector import MaskVector
from sb_contrastive.adapter.masking import FrameMasking
from sb_contrastive.adapter.wap_transformer import WAPTransformer

__all__ = [
    "AdapterEncoder",
    "AdapterObjective",
    "AttributeHead",
    "CosineAttributeHead",
    "FrameMasking",
    "GMMAttributes",
    "MaskVector",
    "OnlineCodebook",
    "PeriodicKMeans",
    "PrototypeDistillationLoss",
    "WAPTransformer",
    "distillation_head",
    "predicted_dim",
    "prediction_head",
]
