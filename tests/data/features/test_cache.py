"""Cached frames are those of the encoder, and never those of anything else."""

import os
import pickle
import shutil

import pytest
import soundfile
import torch
from speechbrain.lobes.features import Fbank

from sb_contrastive.data.audio.reading import read_span
from sb_contrastive.data.features import cache as feature_cache
from sb_contrastive.data.features.cache import FeatureCache
from sb_contrastive.encoders import (
    HuggingFaceFrames,
    UtteranceEncoder,
)


@pytest.mark.parametrize("norm", ["group", "layer"])
@pytest.mark.parametrize("batch_seconds", [0.1, 3.0])
def test_cached_equals_uncached(
    caching, rows, tmp_path, hugging_face_model, norm, batch_seconds
):
    encoder = HuggingFaceFrames("hubert", hugging_face_model(norm=norm))
    cache = caching.built(tmp_path, rows, encoder, batch_seconds=batch_seconds)
    assert (cache.dim, cache.frame_rate, len(cache)) == (16, 50, 6)
    caching.compare(cache, rows, encoder)
    whole = cache["utt0"]
    assert cache.frames("utt0") == len(whole) == 49
    assert torch.equal(cache.crop("utt0", 10, 30), whole[10:30])


def test_nothing_is_computed_twice(caching, rows, tmp_path):
    encoder = caching.Counting()
    caching.built(tmp_path, rows[:4], encoder)
    assert encoder.seen == 4
    cache = caching.built(tmp_path, rows, encoder)
    assert encoder.seen == 6
    caching.compare(caching.built(tmp_path, rows, encoder), rows)
    assert encoder.seen == 6 and "utt5" in cache


def test_a_row_given_twice_and_audio_that_two_rows_share(
    caching, rows, tmp_path
):
    twin = {**rows[0], "ID": "twin"}
    part = {**rows[0], "ID": "part", "start": 1000}
    cache = caching.built(tmp_path, [rows[0], twin, part, rows[0]])
    caching.compare(cache, [rows[0], twin, part])


@pytest.mark.parametrize("stop_at", range(6))
def test_interrupted_it_goes_on_where_it_was(caching, rows, tmp_path, stop_at):
    encoder = caching.Counting(stop_at=stop_at)
    with pytest.raises(KeyboardInterrupt):
        caching.built(tmp_path, rows, encoder, batch_seconds=0.1)
    assert encoder.seen == stop_at
    encoder = caching.Counting()
    caching.compare(caching.built(tmp_path, rows, encoder), rows)
    assert encoder.seen == 6 - stop_at


def test_a_truncated_cache_is_completed(caching, rows, tmp_path):
    cache = caching.built(tmp_path, rows)
    with open(cache.file.data, "ab") as data:
        data.truncate(os.path.getsize(cache.file.data) // 2)
    encoder = caching.Counting()
    caching.compare(caching.built(tmp_path, rows, encoder), rows)
    assert 0 < encoder.seen < 6


def test_changed_audio_is_computed_anew(caching, rows, tmp_path):
    before = caching.built(tmp_path, rows)["utt1"]
    audio, _ = soundfile.read(rows[1]["wav"])
    soundfile.write(rows[1]["wav"], audio[::-1], 16000)  # of the same size
    encoder = caching.Counting()
    cache = caching.built(tmp_path, rows, encoder)
    assert encoder.seen == 1
    assert not torch.allclose(cache["utt1"], before)
    caching.compare(cache, rows)


def test_another_span_of_the_same_file_is_computed(caching, rows, tmp_path):
    caching.built(tmp_path, rows)
    other = [{**rows[0], "start": 51}]
    encoder = caching.Counting()
    caching.compare(caching.built(tmp_path, other, encoder), other)
    assert encoder.seen == 1


def test_touched_and_moved_audio_is_recognised(
    caching, rows, tmp_path, monkeypatch
):
    caching.built(tmp_path, rows)
    os.utime(rows[0]["wav"])
    shutil.copytree(tmp_path / "audio", tmp_path / "moved")
    moved = [
        {**r, "ID": f"m{i}", "wav": r["wav"].replace("/audio/", "/moved/")}
        for i, r in enumerate(rows)
    ]
    encoder = caching.Counting()
    caching.compare(
        caching.built(tmp_path, rows + moved, encoder), rows + moved
    )
    assert encoder.seen == 0
    # The second time, the new places are known and no audio is read
    monkeypatch.setattr(feature_cache, "samples_of", None)
    assert len(caching.built(tmp_path, rows + moved, encoder)) == 12


def test_only_what_build_has_seen_can_be_read(caching, rows, tmp_path):
    caching.built(tmp_path, rows)
    cache = FeatureCache(tmp_path / "cache", caching.Counting())
    with pytest.raises(KeyError, match="build.. the cache with its row"):
        cache["utt1"]
    cache.build(rows[:1])
    with pytest.raises(KeyError, match="did you mean 'utt0'"):
        cache["utt9"]


def test_long_utterances_are_encoded_in_windows(caching, rows, tmp_path):
    encoder = caching.Counting()
    cache = caching.built(tmp_path, rows, encoder, window_seconds=0.5)
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


def test_workers_get_a_cache_without_encoder_and_frames(
    caching, rows, tmp_path
):
    cache = caching.built(tmp_path, rows)
    before = cache["utt3"]
    copy = pickle.loads(pickle.dumps(cache))
    assert copy.encoder is None and torch.equal(copy["utt3"], before)


def test_what_is_read_can_be_changed_without_harm(caching, rows, tmp_path):
    cache = caching.built(tmp_path, rows)
    cache["utt0"].zero_()
    caching.compare(cache, rows)


def test_an_encoder_that_may_change_is_refused(tmp_path):
    encoder = UtteranceEncoder(Fbank(), torch.nn.Identity(), 40)
    with pytest.raises(TypeError, match="put it into a FrozenEncoder"):
        FeatureCache(tmp_path, encoder)


def test_the_encoder_names_what_it_cannot_encode(
    caching, rows, tmp_path, hugging_face_model
):
    encoder = HuggingFaceFrames("hubert", hugging_face_model())
    short = {**rows[0], "ID": "short", "stop": rows[0]["start"] + 300}
    with pytest.raises(ValueError, match="encoding short: .*400 samples"):
        caching.built(tmp_path, [short], encoder)


def test_real_speech(caching, corpora, tmp_path, hugging_face_model):
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
    caching.compare(caching.built(tmp_path, rows, encoder), rows, encoder)
