"""An encoder with other weights, layers or settings never gets the frames of another."""

import pytest

from sb_contrastive.data.features.cache import FeatureCache
from sb_contrastive.encoders import (
    HuggingFaceFrames,
)


def test_other_weights_and_layers_have_a_cache_of_their_own(
    caching, rows, tmp_path, hugging_face_model
):
    hub = hugging_face_model()
    encoders = [
        HuggingFaceFrames("hubert", hub),
        HuggingFaceFrames("hubert", hub, "weighted"),
        HuggingFaceFrames("hubert", hugging_face_model(norm="group")),
    ]
    caches = [
        caching.built(tmp_path, rows[:2], encoder) for encoder in encoders
    ]
    assert len({cache.folder for cache in caches}) == 3
    for cache, encoder in zip(caches, encoders):
        caching.compare(cache, rows[:2], encoder)


def test_same_weights_with_other_settings_are_refused(caching, rows, tmp_path):
    caching.built(tmp_path, rows[:1])
    for changed in (
        caching.Counting(hop_length=20),
        caching.Counting(scale=1.1),
    ):
        # Neither is among the weights
        assert changed.fingerprint() == caching.Counting().fingerprint()
        with pytest.raises(ValueError, match="gives other frames.*delete"):
            FeatureCache(tmp_path / "cache", changed)
