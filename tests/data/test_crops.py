"""Random crops: where they lie, and that what is read is what lies there."""

import numpy as np
import pytest
import soundfile
from scipy import stats

from sb_contrastive.data.crops import RandomCrops, repeat_to


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
