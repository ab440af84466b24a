"""Trimming of silence: what is cut, what is kept, and at any recording level."""

import numpy as np
import pytest
import soundfile

from sb_contrastive.data.audio.silence import FRAME, speech_span, trim_silence


def padded_speech(before, speech, after, level=1.0, seed=0):
    """Modulated noise between two quiet stretches, lengths in seconds."""
    rng = np.random.default_rng(seed)
    parts = []
    for seconds, amplitude in ((before, 1e-4), (speech, 0.3), (after, 1e-4)):
        samples = round(seconds * 16000)
        envelope = 1 + 0.5 * np.sin(np.arange(samples) / 900)
        parts.append(amplitude * envelope * rng.standard_normal(samples))
    return level * np.concatenate(parts)


@pytest.mark.parametrize(
    "before, after", [(0, 0), (0.5, 0), (0.25, 1.5), (2, 2)]
)
def test_the_span_is_where_the_speech_is(before, after):
    first, last = speech_span(padded_speech(before, 1.0, after))
    assert abs(first - before * 16000) <= FRAME
    assert abs(last - (before + 1.0) * 16000) <= FRAME


@pytest.mark.parametrize("level", [1.0, 1e-2, 1e-4])
def test_a_quiet_recording_is_cut_like_a_loud_one(level):
    loud = speech_span(padded_speech(0.5, 1.0, 0.5))
    assert speech_span(padded_speech(0.5, 1.0, 0.5, level)) == loud


def test_a_pause_inside_stays():
    one = padded_speech(0.5, 1.0, 0.7)
    two = padded_speech(0.0, 1.0, 0.5, seed=1)
    first, last = speech_span(np.concatenate([one, two]))
    assert last - first == pytest.approx(
        (1.0 + 0.7 + 1.0) * 16000, abs=2 * FRAME
    )


@pytest.mark.parametrize("samples", [1, FRAME, 3 * FRAME - 1])
def test_short_signals_stay_whole(samples):
    assert speech_span(np.ones(samples)) == (0, samples)


def test_digital_silence_stays_whole():
    assert speech_span(np.zeros(16000)) == (0, 16000)


def test_rows_keep_a_margin_and_stay_inside_their_span(tmp_path):
    path = tmp_path / "a.wav"
    soundfile.write(path, padded_speech(1.0, 1.0, 1.0), 16000)
    row = {"ID": "a", "wav": str(path), "start": 8000, "stop": 32000}
    (cut,) = trim_silence([row], below_db=30, margin=0.1)
    assert cut["start"] == pytest.approx(16000 - 1600, abs=FRAME)
    assert cut["stop"] == 32000  # speech ends there: no room for a margin
    assert cut["duration"] == (cut["stop"] - cut["start"]) / 16000
    assert row["start"] == 8000  # the input is left as it was
