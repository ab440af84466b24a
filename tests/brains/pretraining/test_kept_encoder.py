"""The encoder that pretraining leaves: a mean over checkpoints, and views that are encoded apart."""

import pytest
import torch

from sb_contrastive.brains import DINOBrain, SimCLRBrain
from sb_contrastive.data.views import RandomCrops
from sb_contrastive.encoders import DINOHead
from sb_contrastive.losses import DINOLoss, NTXentLoss
from sb_contrastive.schedules import Constant, Cosine


@pytest.fixture
def simclr(pretraining, small_encoder):
    def make(**options):
        return pretraining(
            SimCLRBrain,
            modules={"encoder": small_encoder()},
            loss=NTXentLoss(0.2),
            crops=RandomCrops([2], [0.15], seed=1),
            **options,
        )

    return make


@pytest.fixture
def dino(pretraining, small_encoder):
    def make(**options):
        head = DINOHead(8, 24, hidden_dim=16, bottleneck_dim=8)
        return pretraining(
            DINOBrain,
            modules={"encoder": small_encoder(), "head": head},
            loss=DINOLoss(24),
            teacher_momentum=Cosine(0.7, 1.0),
            teacher_temperature=Constant(0.04),
            crops=RandomCrops([2, 2], [0.15, 0.1], seed=1),
            **options,
        )

    return make


@pytest.mark.parametrize("method", ["simclr", "dino"])
def test_the_last_epochs_are_averaged(request, method, tmp_path, copy_of):
    make = request.getfixturevalue(method)
    brain, fit = make(save=tmp_path / "a", epochs=3, averaged_checkpoints=2)
    seen = []

    def after_epoch(*args, **kwargs):
        seen.append(copy_of(brain.pretrained_encoder()))
        return save(*args, **kwargs)

    save = brain.checkpointer.save_and_keep_only
    brain.checkpointer.save_and_keep_only = after_epoch
    fit()
    assert len(seen) == 3 and len(brain.checkpointer.list_checkpoints()) == 2
    kept = brain.pretrained_encoder().state_dict()
    for name, value in kept.items():
        mean = (seen[1][name].double() + seen[2][name].double()) / 2
        torch.testing.assert_close(value, mean.to(value.dtype))
    assert any(not torch.equal(seen[2][n], v) for n, v in kept.items())


def test_without_averaging_the_last_epoch_is_kept(simclr, tmp_path, copy_of):
    brain, fit = simclr(save=tmp_path, epochs=2)
    last = []
    brain.on_step = lambda brain: last.append(copy_of(brain.modules.encoder))
    fit()
    assert len(brain.checkpointer.list_checkpoints()) == 1
    for name, value in brain.pretrained_encoder().named_parameters():
        assert torch.equal(value, last[-1][name])


@pytest.mark.parametrize("apart, passes", [(False, 1), (True, 2)])
def test_views_go_through_the_encoder_together_or_apart(simclr, apart, passes):
    brain, fit = simclr(epochs=1, views_apart=apart)
    sizes = []
    brain.modules.encoder.register_forward_pre_hook(
        lambda module, args: sizes.append(len(args[0]))
    )
    fit()
    # Three steps of six utterances with two crops, then validation
    assert sizes[: 3 * passes] == [12 // passes] * (3 * passes)
