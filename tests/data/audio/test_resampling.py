"""In blocks of any length the result is that of scipy on the whole signal."""

import numpy as np
import pytest
from scipy.signal import resample_poly

from sb_contrastive.data.audio import resampling
from sb_contrastive.data.audio.resampling import resampled


@pytest.mark.parametrize(
    "rate, wanted",
    [
        (44100, 16000),
        (48000, 16000),
        (8000, 16000),
        (11025, 16000),
        (16000, 8000),
        (22051, 16000),
        (96000, 16000),
    ],
)
@pytest.mark.parametrize("samples", [1, 100, 50_000])
def test_blocks_equal_the_whole(rate, wanted, samples, monkeypatch):
    monkeypatch.setattr(resampling, "BLOCK", 3000)
    rng = np.random.default_rng(samples)
    signal = rng.standard_normal(samples).astype(np.float32)
    cuts = np.sort(rng.integers(0, samples + 1, 7))
    pieces = list(resampled(np.split(signal, cuts), rate, wanted))
    factor = np.gcd(rate, wanted)
    whole = resample_poly(
        signal.astype(np.float64), wanted // factor, rate // factor
    )
    found = np.concatenate(pieces)
    assert found.dtype == np.float32 and found.shape == whole.shape
    np.testing.assert_allclose(found, whole, atol=1e-5)


def test_the_same_rate_changes_nothing():
    blocks = [np.ones(3, np.float32), np.zeros(2, np.float32)]
    assert list(resampled(iter(blocks), 16000, 16000)) == blocks


def test_no_signal_gives_none():
    assert list(resampled(iter([]), 44100, 16000)) == []
