"""A light adapter over frozen frames, trained with local attributes (Song et al. 2025)."""

from sb_contrastive.adapter.adapter_encoder import AdapterEncoder
from sb_contrastive.adapter.gmm_attributes import GMMAttributes
from sb_contrastive.adapter.heads import (
    AttributeHead,
    CosineAttributeHead,
    distillation_head,
    prediction_head,
)
from sb_contrastive.adapter.masking import FrameMasking, MaskVector
from sb_contrastive.adapter.objectives import (
    PrototypeDistillationLoss,
    attribute_loss,
    frame_distillation_loss,
    mask_prediction_loss,
    utterance_distillation_loss,
)
from sb_contrastive.adapter.online_codebook import OnlineCodebook
from sb_contrastive.adapter.periodic_kmeans import PeriodicKMeans
from sb_contrastive.adapter.wap_transformer import WAPTransformer

__all__ = [
    "AdapterEncoder",
    "AttributeHead",
    "CosineAttributeHead",
    "FrameMasking",
    "GMMAttributes",
    "MaskVector",
    "OnlineCodebook",
    "PeriodicKMeans",
    "PrototypeDistillationLoss",
    "WAPTransformer",
    "attribute_loss",
    "distillation_head",
    "frame_distillation_loss",
    "mask_prediction_loss",
    "prediction_head",
    "utterance_distillation_loss",
]
