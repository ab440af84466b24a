"""Features that the disk or float16 cannot hold are named, and what is complete is kept."""

import resource
import shutil
from collections import namedtuple

import pytest

from sb_contrastive.data.features import cache as feature_cache
from sb_contrastive.data.features.cache import FeatureCache


@pytest.mark.parametrize("scale", [1e4, float("nan")])
def test_frames_must_be_finite_in_float16(caching, rows, tmp_path, scale):
    cache = FeatureCache(tmp_path / "cache", caching.Counting())
    cache.encoder = caching.Counting(scale=scale)
    with pytest.raises(ValueError, match="of utt5 .*not finite in float16"):
        cache.build(rows, progressbar=False)
    assert len(caching.built(tmp_path, [])) == 0 and cache.file.records == []


def test_a_disk_too_small_is_known_before_anything_is_computed(
    caching, rows, tmp_path, monkeypatch
):
    encoder = caching.Counting()
    cache = FeatureCache(tmp_path / "cache", encoder)
    usage = namedtuple("usage", "total used free")(1, 0, 5000)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage)
    with pytest.raises(
        OSError, match=r"6 utterances .*8\.7. kB.* 5 kB free: make room"
    ):
        cache.build(rows, progressbar=False)
    assert encoder.seen == 0


def test_a_disk_that_fills_up_keeps_what_is_complete(caching, rows, tmp_path):
    cache = FeatureCache(
        tmp_path / "cache", caching.Counting(), batch_seconds=0.1
    )
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4000, limits[1]))
    try:
        with pytest.raises(OSError, match="is full: what is complete is kept"):
            cache.build(rows, progressbar=False)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    encoder = caching.Counting()
    caching.compare(caching.built(tmp_path, rows, encoder), rows)
    assert 0 < encoder.seen < 6


def test_the_announced_size_is_that_of_the_file(
    caching, rows, tmp_path, monkeypatch
):
    said = []
    monkeypatch.setattr(feature_cache.logger, "info", said.append)
    cache = caching.built(tmp_path, rows)
    seconds = sum(caching.SAMPLES) / 16000
    assert cache.file.data.stat().st_size == pytest.approx(
        seconds * cache.frame_rate * cache.dim * 2, rel=0.02
    )
    assert "6 utterances" in said[0] and "8.73 kB" in said[0]
