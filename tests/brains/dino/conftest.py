"""A DINO Brain on a tiny encoder."""

import functools

import pytest
import torch

from sb_contrastive.brains import DINOBrain
from sb_contrastive.data.augmentation.augmentation import Augmentation
from sb_contrastive.data.views.crops import RandomCrops
from sb_contrastive.encoders import DINOHead
from sb_contrastive.losses import DINOLoss
from sb_contrastive.schedules import Cosine, LinearThenConstant

STEPS = 3  # in an epoch


@pytest.fixture
def build(pretraining, small_encoder):
    """Makes a Brain anew, and a function that trains it."""

    def make(augment=False, **options):
        encoder = small_encoder()
        head = DINOHead(8, 24, hidden_dim=16, bottleneck_dim=256)
        options = {
            "modules": {"encoder": encoder, "head": head},
            "loss": DINOLoss(24),
            "opt_class": functools.partial(
                torch.optim.AdamW, weight_decay=0.05
            ),
            "teacher_momentum": Cosine(0.7, 1.0),
            "teacher_temperature": LinearThenConstant(0.04, 0.07, until=0.5),
            "crops": RandomCrops([2, 3], [0.2, 0.1], seed=1),
            "augmentation": an_augmentation() if augment else None,
            "batch_size": 5,  # of 18 utterances: three are dropped
            **options,
        }
        return pretraining(DINOBrain, **options)

    return make


def an_augmentation():
    augmentation = Augmentation(seed=1)
    augmentation.noises = torch.randn(
        3, 4, 4000, generator=torch.Generator().manual_seed(0)
    )
    augmentation.rooms = torch.eye(3, 400)
    return augmentation
