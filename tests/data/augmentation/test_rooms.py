"""Room impulse responses: read from a folder, and simulated."""

import numpy as np
import pytest
import soundfile
import torch

from sb_contrastive.data.augmentation.rooms import (
    recorded_rooms,
    simulated_rooms,
)


def write(path, response, rate=16000):
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, np.asarray(response), rate, subtype="FLOAT")


@pytest.fixture
def folder(tmp_path):
    """Two rooms: direct sound after 50 samples, one echo 20 samples later."""
    for name, echo in (("a/near.wav", 0.5), ("b/far.wav", -0.25)):
        response = np.zeros(3000)
        response[50], response[70] = 0.4, 0.4 * echo
        write(tmp_path / name, response)
    return tmp_path


def test_responses_begin_with_the_direct_sound(folder):
    rooms = recorded_rooms(folder, seed=0, seconds=0.1)
    assert rooms.shape == (2, 1600) and rooms.dtype == torch.float32
    expected = torch.zeros(2, 1600)
    expected[:, 0] = 1.0
    expected[0, 20], expected[1, 20] = 0.5, -0.25
    torch.testing.assert_close(rooms, expected)


def test_short_responses_are_padded(folder):
    assert recorded_rooms(folder, seed=0, seconds=1.0).shape == (2, 16000)
    assert not recorded_rooms(folder, seed=0, seconds=1.0)[:, 21:].any()


def test_a_negative_direct_sound_is_found(tmp_path):
    write(tmp_path / "a.wav", [0.0, 0.1, -0.8, 0.2])
    rooms = recorded_rooms(tmp_path, seed=0, seconds=2 / 16000)
    torch.testing.assert_close(rooms, torch.tensor([[-1.0, 0.25]]))


def test_the_first_channel_is_used(tmp_path):
    write(tmp_path / "a.wav", np.array([[1.0, 0.0], [0.5, 1.0]]))
    rooms = recorded_rooms(tmp_path, seed=0, seconds=2 / 16000)
    torch.testing.assert_close(rooms, torch.tensor([[1.0, 0.5]]))


def test_too_many_rooms_are_chosen_by_seed(tmp_path):
    for i in range(12):
        write(tmp_path / f"{i:02d}.wav", [1.0, i / 100])

    def chosen(seed):
        rooms = recorded_rooms(tmp_path, seed, rooms=4, seconds=2 / 16000)
        return rooms[:, 1].tolist()

    assert len(set(chosen(0))) == 4
    assert chosen(0) == chosen(0)
    assert len({tuple(chosen(seed)) for seed in range(5)}) > 1


def test_noise_recordings_of_rirs_noises_are_no_rooms(folder):
    # OpenSLR 28 has both, side by side
    noise = np.random.default_rng(0).standard_normal(1000)
    write(folder / "pointsource_noises" / "noise-free-sound-0000.wav", noise)
    isotropic = folder / "real_rirs_isotropic_noises"
    write(isotropic / "RVB2014_type1_noise_largeroom1_1.wav", noise)
    write(
        isotropic / "RVB2014_type1_rir_largeroom1_far_angla.wav", [1.0, 0.125]
    )
    rooms = recorded_rooms(folder, seed=0, seconds=2 / 16000)
    assert rooms.tolist() == [[1.0, 0.0], [1.0, 0.0], [1.0, 0.125]]


def test_an_empty_folder_is_refused(tmp_path):
    with pytest.raises(
        FileNotFoundError, match="holds no .wav file; leave rir_folder"
    ):
        recorded_rooms(tmp_path, seed=0)


def test_another_rate_is_refused(tmp_path):
    write(tmp_path / "odd.wav", [1.0, 0.5], rate=8000)
    with pytest.raises(ValueError, match="odd.wav is at 8000 Hz"):
        recorded_rooms(tmp_path, seed=0)


def test_simulated_rooms():
    rooms = simulated_rooms(seed=0, rooms=40)
    assert rooms.shape == (40, 8000) and rooms.dtype == torch.float32
    assert torch.equal(rooms[:, 0], torch.ones(40))
    assert rooms.abs().amax(dim=1).max() == 1
    assert torch.equal(simulated_rooms(seed=0, rooms=40), rooms)
    assert not torch.equal(simulated_rooms(seed=1, rooms=40), rooms)
    # The first rooms do not depend on how many there are
    assert torch.equal(simulated_rooms(seed=0, rooms=3), rooms[:3])


def test_simulated_tails_decay_as_stated():
    # 60 dB in 0.15 to 0.8 s: the level of the tail falls along a line whose
    # slope tells the reverberation time
    rooms = simulated_rooms(seed=0, rooms=40)[:, 800:]  # after the echoes
    levels = 10 * rooms.unflatten(1, (-1, 800)).pow(2).mean(dim=2).log10()
    seconds = torch.arange(levels.shape[1]) * 0.05
    times = [-60 / np.polyfit(seconds, level, 1)[0] for level in levels]
    assert min(times) > 0.14 and max(times) < 0.9
    assert max(times) / min(times) > 2
