"""Utterances to encode, and an encoder that counts them."""

from types import SimpleNamespace

import numpy as np
import pytest
import soundfile
import torch
from speechbrain.lobes.features import Fbank

from sb_contrastive.data.audio.reading import read_span
from sb_contrastive.data.features.cache import FeatureCache
from sb_contrastive.encoders import FrozenEncoder, UtteranceEncoder

SAMPLES = [16000, 9000, 12345, 16000, 4000, 30000]


@pytest.fixture
def rows(tmp_path):
    rng = np.random.default_rng(0)
    rows = []
    for i, samples in enumerate(SAMPLES):
        path = tmp_path / "audio" / f"{i}.wav"
        path.parent.mkdir(exist_ok=True)
        audio = rng.standard_normal(samples + 100)
        soundfile.write(path, 0.1 * (i + 1) * audio, 16000)
        rows.append(
            {
                "ID": f"utt{i}",
                "wav": str(path),
                "start": 50,
                "stop": 50 + samples,
            }
        )
    return rows


class Counting(FrozenEncoder):
    """Log-mel frames; counts utterances, and stops where it is told to."""

    def __init__(self, stop_at=None, scale=1.0, hop_length=10):
        super().__init__(
            UtteranceEncoder(
                Fbank(n_mels=8, hop_length=hop_length),
                torch.nn.Identity(),
                8,
                frame_layer="compute_features",
            )
        )
        self.seen, self.stop_at, self.scale = 0, stop_at, scale

    def frames(self, wavs, wav_lens=None):
        if wav_lens is not None:  # not the probe
            if self.stop_at is not None and self.seen >= self.stop_at:
                raise KeyboardInterrupt
            self.seen += len(wavs)
        frames, shares = super().frames(wavs, wav_lens)
        return frames * self.scale, shares


def built(tmp_path, rows, encoder=None, **options):
    cache = FeatureCache(tmp_path / "cache", encoder or Counting(), **options)
    cache.build(rows, progressbar=False)
    return cache


def compare(cache, rows, encoder=None):
    """Each entry is what the encoder says of the utterance alone."""
    encoder = encoder or Counting()
    for row in rows:
        wav = read_span(row["wav"], row["start"], row["stop"])
        expected = encoder(torch.from_numpy(wav)[None])[0]
        features = cache[row["ID"]]
        assert features.dtype == torch.float32
        torch.testing.assert_close(features, expected, rtol=2e-3, atol=2e-3)


@pytest.fixture(scope="session")
def caching():
    """The encoder that counts, what builds a cache, and what checks one."""
    return SimpleNamespace(
        SAMPLES=SAMPLES, Counting=Counting, built=built, compare=compare
    )
