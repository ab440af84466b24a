"""Losses are pure modules that take tensors and return a scalar."""

from sb_contrastive.losses.classification.aam_softmax import AAMSoftmaxLoss
from sb_contrastive.losses.classification.label_correction import (
    LabelCorrection,
)
from sb_contrastive.losses.classification.loss_gate import LossGate
from sb_contrastive.losses.clustering.deep_cluster import DeepClusterLoss
from sb_contrastive.losses.clustering.sdpn import SDPNLoss
from sb_contrastive.losses.clustering.swav import SwAVLoss
from sb_contrastive.losses.combined import CombinedLoss
from sb_contrastive.losses.contrastive.moco import MoCoLoss
from sb_contrastive.losses.contrastive.negatives.asymmetric import (
    AsymmetricNegatives,
)
from sb_contrastive.losses.contrastive.negatives.attraction import Attraction
from sb_contrastive.losses.contrastive.negatives.focal import FocalNegatives
from sb_contrastive.losses.contrastive.negatives.hard import HardNegatives
from sb_contrastive.losses.contrastive.nt_xent import NTXentLoss
from sb_contrastive.losses.contrastive.supcon import SupConLoss
from sb_contrastive.losses.contrastive.triplet import TripletLoss
from sb_contrastive.losses.covariance.barlow_twins import BarlowTwinsLoss
from sb_contrastive.losses.covariance.sigreg import LeJEPALoss
from sb_contrastive.losses.covariance.spread import SpreadLoss
from sb_contrastive.losses.covariance.vicreg import VICRegLoss
from sb_contrastive.losses.covariance.w_mse import WMSELoss
from sb_contrastive.losses.non_contrastive.byol import BYOLLoss
from sb_contrastive.losses.non_contrastive.dino import DINOLoss
from sb_contrastive.losses.non_contrastive.koleo import KoLeoLoss
from sb_contrastive.losses.non_contrastive.mean_entropy import MeanEntropyLoss
from sb_contrastive.losses.non_contrastive.ressl import ReSSLLoss
from sb_contrastive.losses.non_contrastive.simsiam import SimSiamLoss
from sb_contrastive.losses.non_contrastive.sup_siam import SupSiamLoss

__all__ = [
    "AAMSoftmaxLoss",
    "AsymmetricNegatives",
    "Attraction",
    "BYOLLoss",
    "BarlowTwinsLoss",
    "CombinedLoss",
    "DINOLoss",
    "DeepClusterLoss",
    "FocalNegatives",
    "HardNegatives",
    "KoLeoLoss",
    "LeJEPALoss",
    "LabelCorrection",
    "LossGate",
    "MeanEntropyLoss",
    "MoCoLoss",
    "NTXentLoss",
    "ReSSLLoss",
    "SDPNLoss",
    "SimSiamLoss",
    "SpreadLoss",
    "SupConLoss",
    "SupSiamLoss",
    "SwAVLoss",
    "TripletLoss",
    "VICRegLoss",
    "WMSELoss",
]
