"""Random crops: where they lie, and that what is read is what lies there."""

import numpy as np
import pytest
import soundfile
from scipy import stats

from sb_contrastive.data.views.crops import RandomCrops, repeat_to


@pytest.fixture(scope="module")
def wav(tmp_path_factory):
    """Three seconds of noise on a slope, which a shifted crop would betray."""
    path = tmp_path_factory.mktemp("crops") / "three_seconds.wav"
    rng = np.random.default_rng(0)
    audio = 0.1 * rng.standard_normal(48000) + np.linspace(-0.2, 0.2, 48000)
    soundfile.write(path, audio, 16000, subtype="FLOAT")
    return str(path)


@pytest.fixture(scope="module")
def whole(wav):
    return soundfile.read(wav, dtype="float32")[0]


def centred(audio):
    return audio - audio.mean(dtype=np.float64)


@pytest.mark.parametrize("n, length", [(1, 5), (3, 5), (3, 6), (5, 5), (7, 5)])
def test_repeating_counts_around(n, length):
    expected = [i % n for i in range(length)]
    assert repeat_to(np.arange(n), length).tolist() == expected


def test_starts_are_uniform_over_all_that_fit():
    crops = RandomCrops([1, 1], [0.5, 0.25], seed=3)
    starts = np.array([crops.starts(f"utt{i}", 8100) for i in range(4000)])
    for column, last in zip(starts.T, (100, 4100)):
        assert column.min() >= 0 and column.max() <= last
        assert (column / last).std() == pytest.approx(12**-0.5, rel=0.05)
        assert (
            stats.kstest((column + 0.5) / (last + 1), "uniform").pvalue > 0.001
        )
    # Short crops of an utterance do not follow its long ones
    assert abs(np.corrcoef(starts.T)[0, 1]) < 0.06


def test_first_and_last_place_are_reached():
    crops = RandomCrops([1], [0.1], seed=0)
    starts = {crops.starts(f"utt{i}", 1602)[0] for i in range(100)}
    assert starts == {0, 1, 2}


def test_starts_depend_on_seed_epoch_utterance_and_view_alone():
    crops = RandomCrops([2, 4], [1.0, 0.5], seed=1)
    first = crops.starts("utt7", 480000)
    assert len(set(first)) == 6
    crops.starts("utt8", 480000)
    assert crops.starts("utt7", 480000) == first
    assert (
        RandomCrops([2, 4], [1.0, 0.5], seed=1).starts("utt7", 480000) == first
    )
    assert crops.starts("utt8", 480000) != first
    crops.epoch = 1
    assert crops.starts("utt7", 480000) != first
    assert RandomCrops([2, 4], [1.0, 0.5], 2).starts("utt7", 480000) != first
    # One more short crop leaves the others where they are
    assert (
        RandomCrops([2, 5], [1.0, 0.5], 1).starts("utt7", 480000)[:6] == first
    )


def test_crops_of_a_window_share_a_moment_that_is_another_in_each_epoch():
    crops = RandomCrops([2, 4], [0.8, 0.4], seed=5, window_seconds=1.0)
    begins = []
    for epoch in range(300):
        crops.epoch = epoch
        starts = np.array(crops.starts("utt7", 80000))
        ends = starts + np.repeat([12800, 6400], [2, 4])
        assert starts.min() >= 0 and ends.max() <= 80000
        assert ends.max() - starts.min() <= 16000
        begins.append(starts.min())
    # Over the epochs the window goes everywhere
    assert min(begins) < 4000 and max(begins) > 60000


@pytest.mark.parametrize("samples", [1000, 12000, 16000])
def test_an_utterance_no_longer_than_the_window_is_drawn_from_whole(samples):
    whole = RandomCrops([2, 4], [0.8, 0.4], seed=5)
    window = RandomCrops([2, 4], [0.8, 0.4], seed=5, window_seconds=1.0)
    assert window.starts("utt7", samples) == whole.starts("utt7", samples)


@pytest.mark.parametrize("disjoint", [False, True])
def test_a_window_that_cannot_hold_the_crops_is_refused(disjoint):
    seconds = 0.5 if disjoint else 0.3
    with pytest.raises(ValueError, match="window_seconds"):
        RandomCrops(
            [2], [0.4], seed=1, disjoint=disjoint, window_seconds=seconds
        )


@pytest.mark.parametrize(
    "counts, seconds",
    [([2, 4], [1.0, 0.5]), ([1], [0.1]), ([2, 4], [0.05, 0.02])],
)
def test_crops_are_slices_of_the_file_at_their_starts(
    wav, whole, counts, seconds
):
    # The first case reads the union of the crops, the last each on its own
    crops = RandomCrops(counts, seconds, seed=5)
    for utterance in ("a", "b", "c"):
        groups = crops(utterance, wav, 1000, 41000)
        starts = iter(crops.starts(utterance, 40000))
        for group, count, length in zip(
            groups, counts, crops.lengths, strict=True
        ):
            assert group.shape == (count, length)
            for crop in group.numpy():
                a = 1000 + next(starts)
                expected = centred(whole[a : a + length])
                np.testing.assert_allclose(crop, expected, atol=1e-6)


def test_a_crop_is_the_same_whatever_other_crops_are_read_with_it(wav):
    # With a second group the union is read, without it the crop alone
    alone = RandomCrops([1], [0.5], seed=5)("a", wav, 0, 48000)[0][0]
    together = RandomCrops([1, 6], [0.5, 1.0], seed=5)("a", wav, 0, 48000)[0][0]
    np.testing.assert_allclose(together, alone, atol=1e-6)


def test_manifest_cells_may_be_text(wav):
    crops = RandomCrops([1], [0.5], seed=5)
    (text,), (number,) = (
        crops("a", wav, "100", "48000"),
        crops("a", wav, 100, 48000),
    )
    assert text.equal(number)


def test_an_utterance_that_is_too_short_is_repeated(wav, whole):
    long, short = RandomCrops([2, 1], [1.0, 0.05], seed=5)("a", wav, 500, 4500)
    piece = centred(whole[500:4500])
    np.testing.assert_allclose(long[0], np.tile(piece, 4), atol=1e-6)
    assert long[0].equal(long[1])
    assert short.shape == (1, 800)


def test_an_utterance_of_just_the_length_is_taken_whole(wav, whole):
    (crop,) = RandomCrops([1], [0.5], seed=5)("a", wav, 0, 8000)
    np.testing.assert_allclose(crop[0], centred(whole[:8000]), atol=1e-6)


def test_groups_need_a_length_each():
    with pytest.raises(ValueError, match="same groups"):
        RandomCrops([2, 4], [1.0], seed=0)


def disjoint(seconds, seed=5):
    return RandomCrops([2], [seconds], seed, disjoint=True)


@pytest.mark.parametrize("samples", [16000, 16001, 20000, 48000])
def test_disjoint_crops_share_no_sample(samples):
    crops = disjoint(0.5)
    for i in range(300):
        first, second = crops.starts(f"utt{i}", samples)
        assert 0 <= first and first + 8000 <= second
        assert second + 8000 <= samples


def test_the_pivot_of_disjoint_crops_is_uniform_and_so_are_they_around_it():
    # Crops of 1600 samples in 3202: the pivot is 1600, 1601 or 1602
    crops, n = disjoint(0.1), 4000
    starts = [tuple(crops.starts(f"utt{i}", 3202)) for i in range(n)]
    expected = {}
    for pivot in range(1600, 1603):
        pairs = [
            (a, b)
            for a in range(pivot - 1600 + 1)
            for b in range(pivot, 1602 + 1)
        ]
        for pair in pairs:
            expected[pair] = expected.get(pair, 0) + n / 3 / len(pairs)
    counts = [starts.count(pair) for pair in expected]
    assert sum(counts) == n
    assert stats.chisquare(counts, list(expected.values())).pvalue > 0.001


def test_disjoint_starts_depend_on_seed_epoch_and_utterance_alone():
    crops = disjoint(1.0)
    for samples in (480000, 20000):  # long, and shorter than two crops
        crops.epoch = 0
        first = crops.starts("utt7", samples)
        crops.starts("utt8", samples)
        assert crops.starts("utt7", samples) == first
        assert disjoint(1.0).starts("utt7", samples) == first
        assert crops.starts("utt8", samples) != first
        assert disjoint(1.0, seed=6).starts("utt7", samples) != first
        crops.epoch = 1
        assert crops.starts("utt7", samples) != first


def test_disjoint_crops_are_slices_of_the_file(wav, whole):
    crops = disjoint(0.5)
    for utterance in ("a", "b", "c"):
        (pair,) = crops(utterance, wav, 1000, 41000)
        for crop, a in zip(pair.numpy(), crops.starts(utterance, 40000)):
            expected = centred(whole[1000 + a : 1000 + a + 8000])
            np.testing.assert_allclose(crop, expected, atol=1e-6)


@pytest.mark.parametrize("samples", [15999, 9000, 8000, 5000, 100])
def test_disjoint_crops_of_a_short_utterance_follow_one_another(
    wav, whole, samples
):
    # On a circle: where the first ends the second begins
    (pair,) = disjoint(0.5)("a", wav, 500, 500 + samples)
    first, second = disjoint(0.5).starts("a", samples)
    assert pair.shape == (2, 8000) and second == first + 8000
    circle = np.tile(whole[500 : 500 + samples], 16000 // samples + 2)
    expected = circle[first : first + 16000].reshape(2, 8000)
    for crop, part in zip(pair.numpy(), expected):
        np.testing.assert_allclose(crop, centred(part), atol=1e-6)
    # All of the utterance is heard
    heard = {i % samples for i in range(first, first + 16000)}
    assert len(heard) == samples


def test_only_one_pair_can_be_disjoint():
    with pytest.raises(ValueError, match=r"counts \[2\], got \[2, 4\]"):
        RandomCrops([2, 4], [1.0, 0.5], seed=0, disjoint=True)
