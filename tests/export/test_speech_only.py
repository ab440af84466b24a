"""A file read for SpeechBrain is, to the sample, what training read of it."""

import numpy as np
import pytest
import soundfile
import torch
from speechbrain.dataio import audio_io

from sb_contrastive.data.audio.reading import read_span
from sb_contrastive.data.audio.silence import trim_silence
from sb_contrastive.export import SpeechOnly


@pytest.mark.parametrize("db", [15, 30, 45])
@pytest.mark.parametrize("rate", [16000, 8000])
def test_it_is_the_span_of_training(tmp_path, db, rate):
    rng = np.random.default_rng(db)
    levels = np.repeat([0.001, 0.02, 0.5, 0.05, 0.3, 0.004, 0.0], 4000)
    wav = str(tmp_path / "a.wav")
    soundfile.write(wav, 0.1 + levels * rng.uniform(-1, 1, len(levels)), rate)
    row = {"ID": "a", "wav": wav, "start": 0, "stop": len(levels)}
    (row,) = trim_silence([row], db, sample_rate=rate)
    expected = read_span(wav, row["start"], row["stop"])
    audio, _ = audio_io.load(wav, channels_first=False)
    found = SpeechOnly(db, rate)(audio, rate)
    assert len(expected) < len(levels)
    np.testing.assert_allclose(found.numpy(), expected, atol=1e-6)


def test_channels_and_rates_are_those_of_the_model():
    quiet, loud = torch.zeros(8000, 2), torch.randn(8000, 2)
    audio = torch.cat([quiet, loud, quiet])
    found = SpeechOnly(30)(audio, 8000)
    # A second of sound with a margin of 0.1 s, at twice the rate, mono
    assert found.dim() == 1 and abs(len(found) - 19200) <= 2 * 800
