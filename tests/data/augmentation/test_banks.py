"""Banks of recordings that are drawn anew in each epoch, and the shares of rooms."""

import numpy as np
import pytest
import soundfile
import torch

from sb_contrastive.data.augmentation import Augmentation
from sb_contrastive.data.augmentation.rooms import recorded_rooms

GROUPS = {"smallroom": 30, "mediumroom": 30, "largeroom": 30}


def write(path, samples):
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, np.float32(samples), 16000, subtype="FLOAT")


@pytest.fixture
def rirs(tmp_path):
    """Rooms in the folders of RIRS_NOISES; the second sample tells the group."""
    for number, (group, count) in enumerate(GROUPS.items(), start=1):
        for i in range(count):
            path = tmp_path / "rirs/simulated_rirs" / group / f"Room{i}/a.wav"
            write(path, [1.0, 0.1 * number, i / 1000])
    for i in range(3):
        path = tmp_path / f"rirs/real_rirs_isotropic_noises/RVB_rir_{i}.wav"
        write(path, [1.0, 0.9, i / 1000])
    return tmp_path / "rirs"


@pytest.fixture
def musan(tmp_path):
    generator = np.random.default_rng(0)
    for kind in ("noise", "music", "speech"):
        for i in range(4):
            path = tmp_path / "musan" / kind / f"{i}.wav"
            write(path, 0.1 * generator.standard_normal(100_000))
    return tmp_path / "musan"


def groups_of(bank):
    """Count rooms by the second sample."""
    values, counts = (10 * bank[:, 1]).round().unique(return_counts=True)
    return dict(zip(values.int().tolist(), counts.tolist()))


def test_small_medium_and_real_rooms_are_equally_often_there(rirs):
    bank = recorded_rooms(rirs, seed=0, rooms=30, seconds=3 / 16000)
    # Of three real rooms, each has to serve several times
    assert groups_of(bank) == {1: 10, 2: 10, 9: 10}
    assert len(bank[(10 * bank[:, 1]).round() == 1].unique(dim=0)) == 10


def test_the_shares_of_rooms_are_a_value(rirs):
    shares = {"largeroom": 3, "smallroom": 1, "mediumroom": 0}
    bank = recorded_rooms(
        rirs, seed=0, rooms=20, seconds=3 / 16000, shares=shares
    )
    assert groups_of(bank) == {3: 15, 1: 5}
    with pytest.raises(ValueError, match="room_shares names tinyroom"):
        recorded_rooms(rirs, seed=0, shares={"tinyroom": 1})


def test_each_epoch_has_other_recordings_and_a_resumed_one_the_same(
    rirs, musan
):
    def bank_of(epochs, **options):
        augment = Augmentation(
            7,
            musan_folder=str(musan),
            rir_folder=str(rirs),
            clips=3,
            responses=9,
            **options,
        )
        augment.prepare([])
        wavs = torch.ones(2, 800)
        outs = [augment(wavs, ["a", "b"], [0, 0], e) for e in epochs]
        assert augment.rooms.shape[0] == 9 and augment.noises.shape[1] == 3
        return augment.rooms, augment.noises, outs[-1]

    first, second = bank_of([1]), bank_of([1, 2])
    resumed = bank_of([2])
    for one, two, again in zip(first, second, resumed):
        assert not torch.equal(one, two)
        assert torch.equal(two, again)
    fixed = bank_of([1, 2], renewed=False)
    assert all(map(torch.equal, fixed[:2], first[:2]))


def test_the_sizes_of_synthesised_banks_are_values(tmp_path):
    write(tmp_path / "a.wav", 0.1 * np.random.default_rng(0).random(16000))
    row = {"wav": str(tmp_path / "a.wav"), "start": 0, "stop": 16000}
    augment = Augmentation(7, clips=2, responses=5)
    augment.prepare([row])
    before = augment.noises.clone()
    augment(torch.ones(1, 800), ["a"], [0], 2)
    assert augment.rooms.shape[0] == 5 and augment.noises.shape[1] == 2
    assert torch.equal(augment.noises, before)  # nothing to draw anew
