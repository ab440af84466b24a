"""Manifests and audio files as a user may have them."""

import numpy as np
import pytest
import soundfile

from sb_contrastive.data.manifests.source import SOURCE

RATE = 16000


@pytest.fixture
def manifest(tmp_path):
    """Returns a function that writes text as a manifest."""

    def write(text):
        path = tmp_path / "mine.csv"
        path.write_bytes(text.encode(errors="surrogateescape"))
        return path

    return write


@pytest.fixture
def write_audio():
    """Returns a function that writes a file of noise."""

    def write(path, samples=800, rate=RATE):
        path.parent.mkdir(parents=True, exist_ok=True)
        noise = np.random.default_rng(0).uniform(-0.1, 0.1, samples)
        soundfile.write(path, noise, rate)
        return path

    return write


@pytest.fixture
def sine():
    """Returns a function that makes a tone of amplitude 0.5."""

    def make(seconds, rate, frequency=440.0):
        t = np.arange(seconds * rate) / rate
        return 0.5 * np.sin(2 * np.pi * frequency * t)

    return make


@pytest.fixture
def make_row():
    """Returns a function that makes a manifest row of a file."""

    def make(path, stop, start=0, line=2):
        return {
            "ID": f"{path.stem}-{start}",
            "wav": path.as_posix(),
            "start": start,
            "stop": stop,
            "duration": 1.0,
            SOURCE: f"mine.csv:{line}",
        }

    return make


@pytest.fixture
def good(tmp_path, make_row, sine):
    """Row of a file with which nothing is wrong."""
    path = tmp_path / "good.wav"
    soundfile.write(path, sine(1, RATE), RATE)
    return make_row(path, RATE)
