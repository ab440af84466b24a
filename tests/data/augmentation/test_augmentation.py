"""Augmentation against NumPy, and each crop's independence of its batch."""

import numpy as np
import pytest
import soundfile
import torch
from scipy.signal import fftconvolve

from sb_contrastive.data.augmentation.augmentation import Augmentation

S = 8000


@pytest.fixture(scope="module")
def rows(tmp_path_factory):
    folder, rng, rows = (
        tmp_path_factory.mktemp("voices"),
        np.random.default_rng(0),
        [],
    )
    for i in range(3):
        path = folder / f"{i}.wav"
        soundfile.write(path, 0.1 * rng.standard_normal(16000), 16000)
        rows.append({"ID": str(i), "wav": str(path), "start": 0, "stop": 16000})
    return rows


@pytest.fixture(scope="module")
def both(rows):
    augment = Augmentation(seed=7)
    augment.prepare(rows)
    return augment


@pytest.fixture
def prepared(both):
    """Makes an Augmentation with the banks of `both`, which take a while."""

    def make(**options):
        augment = Augmentation(seed=7, **options)
        augment.noises, augment.rooms = both.noises, both.rooms
        return augment

    return make


def crops(count, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return 0.1 * torch.randn(count, S, generator=generator)


def names(count):
    return [f"utt{i}" for i in range(count)]


@pytest.mark.parametrize("samples", [S, S - 1])
@pytest.mark.parametrize("speeds", [None, [0.8, 1.25]])
def test_a_crop_is_augmented_alone_as_in_any_batch(prepared, speeds, samples):
    both = prepared(speeds=speeds)
    wavs, ids = crops(16)[:, :samples].contiguous(), names(16)
    views = [i % 3 for i in range(16)]
    together = both(wavs, ids, views, epoch=2)
    order = torch.randperm(16, generator=torch.Generator().manual_seed(1))
    shuffled = both(
        wavs[order], [ids[i] for i in order], [views[i] for i in order], epoch=2
    )
    assert torch.equal(shuffled, together[order])
    for size in (1, 2, 5):
        for first in range(0, 16, size):
            part = slice(first, first + size)
            alone = both(wavs[part], ids[part], views[part], epoch=2)
            # Sums over samples split differently between threads when the
            # batch has fewer rows, so equal up to their rounding
            torch.testing.assert_close(alone, together[part], rtol=0, atol=1e-6)


def test_seed_epoch_utterance_and_view_each_count(prepared):
    augment = prepared(reverb_probability=1.0, noise_probability=1.0)
    wav = crops(1)

    def result(utterance, view, epoch):
        return augment(wav, [utterance], [view], epoch)

    first = result("a", 0, 1)
    assert torch.equal(result("a", 0, 1), first)
    for other in (("b", 0, 1), ("a", 1, 1), ("a", 0, 2)):
        assert not torch.equal(result(*other), first)
    augment.seed = 8
    assert not torch.equal(result("a", 0, 1), first)


def test_a_rebuilt_augmentation_gives_the_same(rows, both):
    wavs, again = crops(8), Augmentation(seed=7)
    again.prepare(rows)
    args = (names(8), [0] * 8, 3)
    assert torch.equal(again(wavs, *args), both(wavs, *args))


def test_the_input_is_left_unchanged(prepared):
    augment = prepared(reverb_probability=1.0, noise_probability=1.0)
    wavs = crops(4)
    before = wavs.clone()
    out = augment(wavs, names(4), [0] * 4, 1)
    assert torch.equal(wavs, before)
    assert out.shape == wavs.shape and out.dtype == wavs.dtype
    assert not torch.equal(out, wavs)


def test_probability_zero_is_the_identity():
    augment = Augmentation(7, reverb_probability=0.0, noise_probability=0.0)
    augment.prepare(rows=[])
    assert augment.noises is None and augment.rooms is None
    wavs = crops(4)
    assert torch.equal(augment(wavs, names(4), [0] * 4, 1), wavs)


def test_the_drawn_signal_to_noise_ratio_is_achieved(prepared):
    augment = prepared(reverb_probability=0.0, noise_probability=1.0)
    wavs = crops(64) * torch.logspace(-2, 1, 64)[:, None]  # quiet to loud
    added = augment(wavs, names(64), [0] * 64, 1) - wavs
    ratio = 10 * torch.log10(wavs.pow(2).sum(dim=1) / added.pow(2).sum(dim=1))
    drawn = [augment._draw(name, 0, 1)["snr"] for name in names(64)]
    np.testing.assert_allclose(ratio, drawn, atol=0.01)


def test_added_noise_is_a_piece_of_the_clip_drawn(prepared):
    augment = prepared(reverb_probability=0.0, noise_probability=1.0)
    wavs = crops(16)
    added = augment(wavs, names(16), [0] * 16, 1) - wavs
    for row, name in zip(added, names(16)):
        draw = augment._draw(name, 0, 1)
        clip = augment.noises[draw["kind"], draw["clip"]]
        piece = clip.roll(-draw["offset"])[:S]  # goes on at the front
        cosine = torch.cosine_similarity(row, piece, dim=0).item()
        assert cosine == pytest.approx(1, abs=1e-4)


def test_a_crop_longer_than_the_clips_is_covered(prepared):
    augment = prepared(reverb_probability=0.0, noise_probability=1.0)
    length = augment.noises.shape[2]
    wav = 0.1 * torch.randn(1, 2 * length)
    added = (augment(wav, ["a"], [0], 1) - wav)[0]
    torch.testing.assert_close(
        added[length:], added[:length], rtol=0, atol=1e-5
    )
    assert added.abs().max() > 0


def test_ratios_kinds_and_shares_are_as_asked(prepared):
    snr = {"noise": [0, 18], "music": [3, 18], "babble": [10, 28]}
    augment = prepared(snr={"babble": [10, 28]})
    draws = [augment._draw(f"utt{i}", 0, 0) for i in range(4000)]
    reverberated = np.array([d["room"] is not None for d in draws])
    noisy = np.array([d["kind"] is not None for d in draws])
    assert reverberated.mean() == pytest.approx(0.45, abs=0.03)
    assert noisy.mean() == pytest.approx(0.7, abs=0.03)
    clean = (~reverberated & ~noisy).mean()  # drawn independently: 16.5 %
    assert clean == pytest.approx(0.55 * 0.3, abs=0.025)
    for kind, (low, high) in enumerate(snr.values()):
        ratios = np.array([d["snr"] for d in draws if d["kind"] == kind])
        assert len(ratios) / noisy.sum() == pytest.approx(1 / 3, abs=0.03)
        assert (
            low <= ratios.min() < low + 0.3
            and high - 0.3 < ratios.max() <= high
        )
        assert ratios.mean() == pytest.approx((low + high) / 2, abs=0.6)
    rooms = {d["room"] for d in draws} - {None}
    assert rooms == set(range(len(augment.rooms)))


def test_reverberation_equals_scipys_convolution(prepared):
    augment = prepared(reverb_probability=1.0, noise_probability=0.0)
    wavs = crops(6)
    wet = augment(wavs, names(6), [0] * 6, 1)
    for row, dry, name in zip(wet.numpy(), wavs.double().numpy(), names(6)):
        room = augment.rooms[augment._draw(name, 0, 1)["room"]].double().numpy()
        expected = fftconvolve(dry, room)[:S]
        expected *= np.linalg.norm(dry) / np.linalg.norm(expected)
        np.testing.assert_allclose(row, expected, atol=2e-6)


def test_reverberation_equals_the_sum_over_echoes(prepared):
    # Samples near the ends would show a circular convolution
    augment = prepared(reverb_probability=1.0, noise_probability=0.0)
    augment.rooms = torch.zeros(1, 400)
    augment.rooms[0, 0], augment.rooms[0, 399] = 1.0, -0.5
    wavs = crops(1)
    delayed = torch.zeros(1, S)
    delayed[:, 399:] = wavs[:, :-399]
    expected = wavs - 0.5 * delayed
    expected *= wavs.norm() / expected.norm()
    wet = augment(wavs, ["a"], [0], 1)
    torch.testing.assert_close(wet, expected, rtol=0, atol=1e-6)


def test_the_level_of_speech_survives_the_room(prepared):
    augment = prepared(reverb_probability=1.0, noise_probability=0.0)
    wavs = crops(8) * torch.logspace(-2, 1, 8)[:, None]
    wet = augment(wavs, names(8), [0] * 8, 1)
    torch.testing.assert_close(wet.norm(dim=1), wavs.norm(dim=1))


def test_silence_stays_silence(prepared):
    augment = prepared(reverb_probability=1.0, noise_probability=1.0)
    out = augment(torch.zeros(2, S), names(2), [0, 0], 1)
    assert out.isfinite().all() and out.abs().max() < 1e-6


def test_banks_are_in_no_checkpoint(both):
    assert not both.state_dict()


def test_a_misspelt_kind_of_noise_is_refused():
    with pytest.raises(ValueError, match="babel.*babble"):
        Augmentation(7, snr={"babel": [3, 18]})


def test_speeds_are_drawn_in_range_and_change_no_other_draw(prepared):
    plain, fast = prepared(), prepared(speeds=[0.8, 1.25])
    logs = []
    for i in range(2000):
        draw = fast._draw(f"utt{i}", 0, 0)
        logs.append(np.log(draw.pop("speed")))
        assert draw == plain._draw(f"utt{i}", 0, 0)
    low, high = np.log(0.8), np.log(1.25)
    assert low <= min(logs) < low + 0.01 and high - 0.01 < max(logs) <= high
    assert np.mean(logs) == pytest.approx(0, abs=0.01)  # as often slow as fast
    assert np.std(logs) == pytest.approx((high - low) / 12**0.5, rel=0.05)


def test_a_voice_belongs_to_the_utterance_or_to_the_crop(prepared):
    def speeds(speed_of):
        augment = prepared(speeds=[0.8, 1.25], speed_of=speed_of)
        return [augment._draw("utt1", view, 3)["speed"] for view in range(6)]

    assert len(set(speeds("utterance"))) == 1
    assert len(set(speeds("crop"))) == 6


def test_a_speed_of_something_else_is_refused():
    with pytest.raises(ValueError, match="utterance, crop, got 'speaker'"):
        Augmentation(seed=1, speed_of="speaker")


def test_exclusive_crops_are_noisy_or_reverberant_never_both(prepared):
    wavs, ids = crops(60), names(60)
    views = [0] * 60
    either = prepared(
        reverb_probability=0.5, noise_probability=1.0, exclusive=True
    )
    reverberant = prepared(reverb_probability=0.5, noise_probability=0.0)
    out = either(wavs, ids, views, 1)
    wet = reverberant(wavs, ids, views, 1)
    changed = (wet != wavs).any(dim=1)
    assert 15 < changed.sum() < 45
    assert torch.equal(out[changed], wet[changed])
    assert (out[~changed] != wavs[~changed]).any(dim=1).all()
