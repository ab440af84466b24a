"""SDPN's teacher hears the long crop as it was recorded, where the authors' setting is asked for."""

import pytest
import torch
from speechbrain import Stage

from sb_contrastive.encoders import Prototypes
from sb_contrastive.objectives import SDPN
from sb_contrastive.schedules import Constant
from tests.objectives import conftest


@pytest.mark.parametrize("clean", [False, True])
def test_who_hears_augmented_crops(clean, build, a_batch, rows, monkeypatch):
    def sdpn():
        projector = torch.nn.Linear(8, 4)
        prototypes = Prototypes(4, 6)
        return SDPN(projector, prototypes, Constant(0.9), clean_teacher=clean)

    monkeypatch.setitem(conftest.OBJECTIVES, "SDPN", sdpn)
    heard = []

    def spy(wavs, ids, views, epoch):
        heard.extend(views)
        return torch.zeros_like(wavs)

    brain, _ = build(["SDPN"], augmentation=spy)
    brain.on_stage_start(Stage.TRAIN, 1)
    batch = a_batch(brain, rows[:4])
    crops = brain.crops_of(batch, Stage.TRAIN)
    # Crops keep their numbers: two long ones, then two short ones
    assert set(heard) == ({2, 3} if clean else {0, 1, 2, 3})
    assert crops.keys() == {"clean long" if clean else "long", "short"}
    assert not crops["short"].any()
    (long,) = [x for name, x in crops.items() if "long" in name]
    assert bool(long.any()) == clean
    brain.compute_forward(batch, Stage.TRAIN)  # and the objective finds them
