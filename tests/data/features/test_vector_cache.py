"""Vectors are computed once, and again when the audio or the source has changed."""

import os
import shutil

import numpy as np
import pytest
import soundfile

from sb_contrastive.data.audio.reading import read_span
from sb_contrastive.data.features.vector_cache import VectorCache


class Moments:
    """Two numbers for each utterance, and how often they were computed."""

    dim = 2

    def __init__(self, scale=1.0):
        self.scale, self.calls = scale, 0

    def identity(self):
        return {"kind": "moments", "scale": self.scale}

    def vector(self, wav):
        self.calls += 1
        return self.scale * np.array([np.abs(wav).mean(), 1e6 * wav.std()])


@pytest.fixture
def rows(tmp_path):
    made = []
    for i in range(3):
        wav = tmp_path / f"{i}.wav"
        noise = np.random.default_rng(i).normal(size=1600 + i)
        soundfile.write(wav, 0.1 * noise, 16000)
        row = {"ID": f"u{i}", "wav": str(wav), "start": 0, "stop": 1600 + i}
        made.append(row)
    return made


def built(folder, source, rows):
    """Build a cache; how many vectors of utterances that took, and the cache."""
    cache = VectorCache(folder, source)
    source.calls = 0  # one was of noise
    cache.build(rows, progressbar=False)
    return source.calls, cache


def test_vectors_are_those_of_the_source_and_computed_once(tmp_path, rows):
    calls, cache = built(tmp_path / "c", Moments(), rows)
    assert calls == 3
    found = cache.read([rows[2], rows[0]])
    for vector, row in zip(found, (rows[2], rows[0])):
        wav = read_span(row["wav"], row["start"], row["stop"])
        np.testing.assert_allclose(vector, Moments().vector(wav), rtol=1e-6)
    calls, again = built(tmp_path / "c", Moments(), rows)
    assert calls == 0
    assert (again.read(rows) == cache.read(rows)).all()


def test_another_source_has_vectors_of_its_own(tmp_path, rows):
    built(tmp_path / "c", Moments(), rows)
    calls, other = built(tmp_path / "c", Moments(2.0), rows)
    assert calls == 3
    first = VectorCache(tmp_path / "c", Moments())
    np.testing.assert_allclose(other.read(rows), 2 * first.read(rows))


def test_changed_audio_is_computed_again_and_moved_audio_is_not(tmp_path, rows):
    built(tmp_path / "c", Moments(), rows)
    moved = {**rows[0], "wav": str(tmp_path / "moved.wav")}
    shutil.copy(rows[0]["wav"], moved["wav"])
    os.utime(moved["wav"], ns=(1, 1))
    assert built(tmp_path / "c", Moments(), [moved])[0] == 0
    soundfile.write(rows[1]["wav"], 0.3 * np.ones(1601), 16000)
    os.utime(rows[1]["wav"], ns=(5, 5))
    assert built(tmp_path / "c", Moments(), rows)[0] == 1


def test_a_row_that_was_not_built_is_not_read(tmp_path, rows):
    _, cache = built(tmp_path / "c", Moments(), rows[:2])
    with pytest.raises(KeyError, match="'u2' is not in"):
        cache.read(rows)


def test_a_vector_that_is_not_finite_is_refused(tmp_path, rows):
    cache = VectorCache(tmp_path / "c", Moments())
    cache.source.vector = lambda wav: [np.nan, 0.0]
    with pytest.raises(ValueError, match="u0 .* is not finite"):
        cache.build(rows, progressbar=False)


def test_a_source_whose_settings_have_changed_is_refused(tmp_path, rows):
    built(tmp_path / "c", Moments(), rows)
    changed = Moments()
    changed.vector = lambda wav: [1.0, 1.0]
    with pytest.raises(ValueError, match="delete that folder"):
        VectorCache(tmp_path / "c", changed)
