"""Noise banks: from a tiny MUSAN on disk, and synthesised."""

import numpy as np
import pytest
import soundfile
import torch

from sb_contrastive.data.augmentation.noise import (
    KINDS,
    musan_bank,
    synthesised_bank,
)

RATE = 16000


@pytest.fixture(scope="module")
def musan(tmp_path_factory):
    """noise/ holds 500 Hz tones, music/ 1000 Hz, speech/ 2000, 2500, 3000 Hz."""
    folder = tmp_path_factory.mktemp("musan")
    tone(folder / "noise" / "free-sound" / "long.wav", 500, 2.0)
    tone(folder / "noise" / "free-sound" / "short.wav", 500, 0.1)
    tone(folder / "music" / "fma" / "m.wav", 1000, 1.5)
    for i, hertz in enumerate((2000, 2500, 3000)):
        tone(folder / "speech" / "librivox" / f"s{i}.wav", hertz, 1.5)
    # What macOS leaves behind on foreign disks is no audio
    (folder / "noise" / "._long.wav").write_bytes(b"\x00\x05\x16\x07")
    return folder


def tone(path, hertz, seconds, rate=RATE, channels=1):
    path.parent.mkdir(parents=True, exist_ok=True)
    t = np.arange(round(seconds * rate)) / rate
    audio = 0.3 * np.sin(2 * np.pi * hertz * t)
    soundfile.write(path, np.stack([audio] * channels, axis=1), rate)


@pytest.fixture(scope="module")
def rows(tmp_path_factory):
    folder, rows = tmp_path_factory.mktemp("voices"), []
    for i, hertz in enumerate((1700, 2300, 2900)):
        tone(folder / f"{i}.wav", hertz, 0.4)
        rows.append(
            {
                "ID": str(i),
                "wav": str(folder / f"{i}.wav"),
                "start": 0,
                "stop": 6400,
            }
        )
    return rows


def strongest(clip, count):
    """The `count` strongest frequencies in Hz."""
    power = np.abs(np.fft.rfft(clip.numpy())) ** 2
    return power.argsort()[-count:] * RATE / len(clip)


def check_bank(bank, clips, samples):
    assert bank.shape == (len(KINDS), clips, samples)
    assert bank.dtype == torch.float32
    assert bank.isfinite().all()
    torch.testing.assert_close(
        bank.pow(2).mean(dim=-1), torch.ones(len(KINDS), clips)
    )


def test_each_kind_comes_from_its_folder(musan):
    bank = musan_bank(musan, seed=0, clips=5, seconds=0.5)
    check_bank(bank, 5, 8000)
    for clip in bank[0]:
        assert strongest(clip, 1) == pytest.approx(500, abs=10)
    for clip in bank[1]:
        assert strongest(clip, 1) == pytest.approx(1000, abs=4)
    for clip in bank[2]:
        near = [
            abs(strongest(clip, 1) - hertz) < 5 for hertz in (2000, 2500, 3000)
        ]
        assert any(near)


def test_babble_has_several_voices(musan):
    bank = musan_bank(musan, seed=0, clips=8, seconds=0.5)
    voices = []
    for clip in bank[2]:
        power = np.abs(np.fft.rfft(clip.numpy())) ** 2
        lines = [power[hertz // 2] for hertz in (2000, 2500, 3000)]
        voices.append(sum(line > 0.01 * max(lines) for line in lines))
    # Three to seven draws of three speakers: seldom all the same one
    assert np.mean(voices) > 1.5


def test_pieces_are_random_but_a_function_of_the_seed(musan):
    first = musan_bank(musan, seed=0, clips=4, seconds=0.5)
    assert torch.equal(musan_bank(musan, seed=0, clips=4, seconds=0.5), first)
    assert not torch.equal(
        musan_bank(musan, seed=1, clips=4, seconds=0.5), first
    )
    assert not torch.equal(first[1, 0], first[1, 1])


def test_more_clips_keep_those_of_before(musan):
    few = musan_bank(musan, seed=0, clips=2, seconds=0.5)
    many = musan_bank(musan, seed=0, clips=4, seconds=0.5)
    torch.testing.assert_close(many[:, :2], few)


def test_a_missing_folder_is_named(tmp_path, musan):
    (tmp_path / "noise").mkdir()
    with pytest.raises(FileNotFoundError, match="noise holds no .wav file"):
        musan_bank(tmp_path, seed=0, clips=1)
    tone(tmp_path / "noise" / "a.wav", 500, 0.1)
    with pytest.raises(FileNotFoundError, match="music holds no .wav file"):
        musan_bank(tmp_path, seed=0, clips=1, seconds=0.1)


@pytest.mark.parametrize("rate, channels", [(8000, 1), (16000, 2)])
def test_files_of_another_kind_are_named(tmp_path, rate, channels):
    tone(tmp_path / "noise" / "odd.wav", 500, 0.5, rate, channels)
    with pytest.raises(
        ValueError, match=rf"odd.wav has {channels} .* {rate} Hz"
    ):
        musan_bank(tmp_path, seed=0, clips=1, seconds=0.1)


def test_synthesised_bank(rows):
    bank = synthesised_bank(rows, seed=0, clips=6, seconds=0.5)
    check_bank(bank, 6, 8000)
    assert torch.equal(
        synthesised_bank(rows, seed=0, clips=6, seconds=0.5), bank
    )
    assert not torch.equal(
        synthesised_bank(rows, 1, clips=6, seconds=0.5), bank
    )
    for kind in bank:  # no two clips are alike
        overlap = (kind @ kind.T / 8000).fill_diagonal_(0)
        assert overlap.abs().max() < 0.999
    # The babble is made of the voices given and of nothing else
    for clip in bank[2]:
        nearest = np.abs(strongest(clip, 1)[0] - np.array([1700, 2300, 2900]))
        assert nearest.min() < 10


def test_synthesised_noise_has_several_colours(rows):
    bank = synthesised_bank(rows, seed=0, clips=24, seconds=0.5)
    power = torch.fft.rfft(bank[0]).abs().pow(2)
    low = power[:, 1:400].sum(dim=1) / power.sum(dim=1)  # below 800 Hz
    assert low.min() < 0.4 and low.max() > 0.9
