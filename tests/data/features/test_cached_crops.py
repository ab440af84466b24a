"""Crops of cached frames against crops of a waveform that tells its places."""

import numpy as np
import pytest
import soundfile
import torch

from sb_contrastive.data.features.cached_crops import CachedCrops
from sb_contrastive.data.views.crops import RandomCrops

HOP = 320  # samples, at 50 frames per second


class Cache(dict):
    """Frames that hold their own number."""

    frame_rate = 50

    def frames(self, utterance):
        return len(self[utterance])

    def crop(self, utterance, start, stop):
        return self[utterance][start:stop]


@pytest.fixture
def cache():
    def make(frames):
        return Cache(a=torch.arange(float(frames))[:, None])

    return make


@pytest.mark.parametrize("lacking", [0, 1])  # as convolutions without padding
def test_they_lie_where_crops_of_the_waveform_do(cache, tmp_path, lacking):
    samples = 64000
    ramp = np.arange(samples) / samples
    soundfile.write(tmp_path / "a.wav", ramp, 16000, subtype="FLOAT")
    crops = RandomCrops([2, 3], [1.0, 0.5], seed=3)
    cached = CachedCrops(crops, cache(samples // HOP - lacking))
    for epoch in (1, 2):
        crops.epoch = epoch
        groups = cached("a", "missing.wav", 0, samples)
        assert [list(g.shape) for g in groups] == [[2, 50, 1], [3, 25, 1]]
        starts = crops.starts("a", samples)
        for piece, start in zip([*groups[0], *groups[1]], starts):
            first = piece[0, 0].item()
            assert abs(first - start / HOP) <= 0.5 + lacking
            expected = torch.arange(len(piece)) + first
            assert torch.equal(piece[:, 0], expected)


def test_a_short_utterance_is_repeated(cache):
    cached = CachedCrops(RandomCrops([1], [1.0], seed=3), cache(20))
    [group] = cached("a", "a.wav", 0, 20 * HOP)
    expected = torch.arange(50.0) % 20
    assert torch.equal(group[0, :, 0], expected)


def test_disjoint_crops_of_a_short_utterance_lie_on_a_circle(cache):
    crops = RandomCrops([2], [1.0], seed=3, disjoint=True)
    [pair] = CachedCrops(crops, cache(80))("a", "a.wav", 0, 80 * HOP)
    one, other = pair[:, :, 0]
    assert torch.equal((other - one) % 80, torch.full((50,), 50.0))
    assert len({*one.tolist(), *other.tolist()}) == 80  # all of it is heard
