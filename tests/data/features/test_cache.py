"""Cached frames are those of the encoder, and never those of anything else."""

import os
import pickle
import resource
import shutil
from collections import namedtuple

import numpy as np
import pytest
import soundfile
import torch
from speechbrain.lobes.features import Fbank

from sb_contrastive.data.audio.reading import read_span
from sb_contrastive.data.features import cache as feature_cache
from sb_contrastive.data.features.cache import FeatureCache
from sb_contrastive.encoders import (
    FrozenEncoder,
    HuggingFaceFrames,
    UtteranceEncoder,
)

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


@pytest.mark.parametrize("norm", ["group", "layer"])
@pytest.mark.parametrize("batch_seconds", [0.1, 3.0])
def test_cached_equals_uncached(
    rows, tmp_path, hugging_face_model, norm, batch_seconds
):
    encoder = HuggingFaceFrames("hubert", hugging_face_model(norm=norm))
    cache = built(tmp_path, rows, encoder, batch_seconds=batch_seconds)
    assert (cache.dim, cache.frame_rate, len(cache)) == (16, 50, 6)
    compare(cache, rows, encoder)
    whole = cache["utt0"]
    assert cache.frames("utt0") == len(whole) == 49
    assert torch.equal(cache.crop("utt0", 10, 30), whole[10:30])


def test_nothing_is_computed_twice(rows, tmp_path):
    encoder = Counting()
    built(tmp_path, rows[:4], encoder)
    assert encoder.seen == 4
    cache = built(tmp_path, rows, encoder)
    assert encoder.seen == 6
    compare(built(tmp_path, rows, encoder), rows)
    assert encoder.seen == 6 and "utt5" in cache


def test_a_row_given_twice_and_audio_that_two_rows_share(rows, tmp_path):
    twin = {**rows[0], "ID": "twin"}
    part = {**rows[0], "ID": "part", "start": 1000}
    cache = built(tmp_path, [rows[0], twin, part, rows[0]])
    compare(cache, [rows[0], twin, part])


@pytest.mark.parametrize("stop_at", range(6))
def test_interrupted_it_goes_on_where_it_was(rows, tmp_path, stop_at):
    encoder = Counting(stop_at=stop_at)
    with pytest.raises(KeyboardInterrupt):
        built(tmp_path, rows, encoder, batch_seconds=0.1)
    assert encoder.seen == stop_at
    encoder = Counting()
    compare(built(tmp_path, rows, encoder), rows)
    assert encoder.seen == 6 - stop_at


def test_a_truncated_cache_is_completed(rows, tmp_path):
    cache = built(tmp_path, rows)
    with open(cache.file.data, "ab") as data:
        data.truncate(os.path.getsize(cache.file.data) // 2)
    encoder = Counting()
    compare(built(tmp_path, rows, encoder), rows)
    assert 0 < encoder.seen < 6


def test_changed_audio_is_computed_anew(rows, tmp_path):
    before = built(tmp_path, rows)["utt1"]
    audio, _ = soundfile.read(rows[1]["wav"])
    soundfile.write(rows[1]["wav"], audio[::-1], 16000)  # of the same size
    encoder = Counting()
    cache = built(tmp_path, rows, encoder)
    assert encoder.seen == 1
    assert not torch.allclose(cache["utt1"], before)
    compare(cache, rows)


def test_another_span_of_the_same_file_is_computed(rows, tmp_path):
    built(tmp_path, rows)
    other = [{**rows[0], "start": 51}]
    encoder = Counting()
    compare(built(tmp_path, other, encoder), other)
    assert encoder.seen == 1


def test_touched_and_moved_audio_is_recognised(rows, tmp_path, monkeypatch):
    built(tmp_path, rows)
    os.utime(rows[0]["wav"])
    shutil.copytree(tmp_path / "audio", tmp_path / "moved")
    moved = [
        {**r, "ID": f"m{i}", "wav": r["wav"].replace("/audio/", "/moved/")}
        for i, r in enumerate(rows)
    ]
    encoder = Counting()
    compare(built(tmp_path, rows + moved, encoder), rows + moved)
    assert encoder.seen == 0
    # The second time, the new places are known and no audio is read
    monkeypatch.setattr(feature_cache, "_samples", None)
    assert len(built(tmp_path, rows + moved, encoder)) == 12


def test_only_what_build_has_seen_can_be_read(rows, tmp_path):
    built(tmp_path, rows)
    cache = FeatureCache(tmp_path / "cache", Counting())
    with pytest.raises(KeyError, match="build.. the cache with its row"):
        cache["utt1"]
    cache.build(rows[:1])
    with pytest.raises(KeyError, match="did you mean 'utt0'"):
        cache["utt9"]


def test_other_weights_and_layers_have_a_cache_of_their_own(
    rows, tmp_path, hugging_face_model
):
    hub = hugging_face_model()
    encoders = [
        HuggingFaceFrames("hubert", hub),
        HuggingFaceFrames("hubert", hub, "weighted"),
        HuggingFaceFrames("hubert", hugging_face_model(norm="group")),
    ]
    caches = [built(tmp_path, rows[:2], encoder) for encoder in encoders]
    assert len({cache.folder for cache in caches}) == 3
    for cache, encoder in zip(caches, encoders):
        compare(cache, rows[:2], encoder)


def test_same_weights_with_other_settings_are_refused(rows, tmp_path):
    built(tmp_path, rows[:1])
    for changed in (Counting(hop_length=20), Counting(scale=1.1)):
        # Neither is among the weights
        assert changed.fingerprint() == Counting().fingerprint()
        with pytest.raises(ValueError, match="gives other frames.*delete"):
            FeatureCache(tmp_path / "cache", changed)


@pytest.mark.parametrize("scale", [1e4, float("nan")])
def test_frames_must_be_finite_in_float16(rows, tmp_path, scale):
    cache = FeatureCache(tmp_path / "cache", Counting())
    cache.encoder = Counting(scale=scale)
    with pytest.raises(ValueError, match="of utt5 .*not finite in float16"):
        cache.build(rows, progressbar=False)
    assert len(built(tmp_path, [])) == 0 and cache.file.records == []


def test_a_disk_too_small_is_known_before_anything_is_computed(
    rows, tmp_path, monkeypatch
):
    encoder = Counting()
    cache = FeatureCache(tmp_path / "cache", encoder)
    usage = namedtuple("usage", "total used free")(1, 0, 5000)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage)
    with pytest.raises(
        OSError, match=r"6 utterances .*8\.7. kB.* 5 kB free: make room"
    ):
        cache.build(rows, progressbar=False)
    assert encoder.seen == 0


def test_a_disk_that_fills_up_keeps_what_is_complete(rows, tmp_path):
    cache = FeatureCache(tmp_path / "cache", Counting(), batch_seconds=0.1)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4000, limits[1]))
    try:
        with pytest.raises(OSError, match="is full: what is complete is kept"):
            cache.build(rows, progressbar=False)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    encoder = Counting()
    compare(built(tmp_path, rows, encoder), rows)
    assert 0 < encoder.seen < 6


def test_the_announced_size_is_that_of_the_file(rows, tmp_path, monkeypatch):
    said = []
    monkeypatch.setattr(feature_cache.logger, "info", said.append)
    cache = built(tmp_path, rows)
    seconds = sum(SAMPLES) / 16000
    assert cache.file.data.stat().st_size == pytest.approx(
        seconds * cache.frame_rate * cache.dim * 2, rel=0.02
    )
    assert "6 utterances" in said[0] and "8.73 kB" in said[0]


def test_long_utterances_are_encoded_in_windows(rows, tmp_path):
    encoder = Counting()
    cache = built(tmp_path, rows, encoder, window_seconds=0.5)
    row = rows[5]
    wav = torch.from_numpy(read_span(row["wav"], row["start"], row["stop"]))
    pieces = [
        encoder(wav[i : i + 7500][None])[0] for i in range(0, 30000, 7500)
    ]
    torch.testing.assert_close(
        cache["utt5"], torch.cat(pieces), rtol=2e-3, atol=2e-3
    )
    other = FeatureCache(tmp_path / "cache", encoder)
    assert other.folder != cache.folder


def test_workers_get_a_cache_without_encoder_and_frames(rows, tmp_path):
    cache = built(tmp_path, rows)
    before = cache["utt3"]
    copy = pickle.loads(pickle.dumps(cache))
    assert copy.encoder is None and torch.equal(copy["utt3"], before)


def test_what_is_read_can_be_changed_without_harm(rows, tmp_path):
    cache = built(tmp_path, rows)
    cache["utt0"].zero_()
    compare(cache, rows)


def test_an_encoder_that_may_change_is_refused(tmp_path):
    encoder = UtteranceEncoder(Fbank(), torch.nn.Identity(), 40)
    with pytest.raises(TypeError, match="put it into a FrozenEncoder"):
        FeatureCache(tmp_path, encoder)


def test_the_encoder_names_what_it_cannot_encode(
    rows, tmp_path, hugging_face_model
):
    encoder = HuggingFaceFrames("hubert", hugging_face_model())
    short = {**rows[0], "ID": "short", "stop": rows[0]["start"] + 300}
    with pytest.raises(ValueError, match="encoding short: .*400 samples"):
        built(tmp_path, [short], encoder)


def test_real_speech(corpora, tmp_path, hugging_face_model):
    wavs = sorted((corpora / "emodb").rglob("*.flac"))[:4]
    rows = [
        {
            "ID": w.stem,
            "wav": str(w),
            "start": 0,
            "stop": soundfile.info(w).frames,
        }
        for w in wavs
    ]
    assert len(rows) == 4
    encoder = HuggingFaceFrames("wavlm", hugging_face_model("wavlm", "group"))
    compare(built(tmp_path, rows, encoder), rows, encoder)
