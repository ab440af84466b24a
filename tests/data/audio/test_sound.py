"""What only samples tell: silence, damage, and numbers that float32 cannot bear."""

import numpy as np
import pytest
import soundfile

from sb_contrastive.data.audio.check import check_audio
from sb_contrastive.data.audio.sound import LARGEST, find_fault

RATE = 16000
NO_SOUND = "holds no sound, only one value"


@pytest.fixture
def noise():
    return 0.1 * np.random.default_rng(0).standard_normal(5 * RATE)


@pytest.mark.parametrize("value", [0.0, 0.25, -1.0])
@pytest.mark.parametrize(
    "suffix, subtype",
    [("wav", "PCM_16"), ("wav", "FLOAT"), ("flac", "PCM_24"), ("w64", None)],
)
def test_one_value_is_no_sound(tmp_path, suffix, subtype, value):
    path = str(tmp_path / f"a.{suffix}")
    soundfile.write(path, np.full(300_000, value), RATE, subtype)
    assert find_fault(path, [(0, 300_000)]) == NO_SOUND


@pytest.mark.parametrize("format", ["MP3", "OGG"])
def test_compressed_silence(tmp_path, format):
    path = str(tmp_path / "a.ogg")
    soundfile.write(path, np.zeros(RATE), RATE, format=format)
    assert find_fault(path, [(0, RATE)]) == NO_SOUND


def test_two_channels_of_opposite_phase(tmp_path, good, make_row, noise):
    path = tmp_path / "phase.wav"
    soundfile.write(path, np.stack([noise, -noise], axis=1), 44100)
    row = make_row(path, len(noise), line=5)
    with pytest.raises(ValueError, match=rf"phase.wav: {NO_SOUND}.*csv:5"):
        check_audio([good, row], converted_folder=tmp_path / "out")


def test_a_single_different_sample_is_sound(tmp_path):
    path = str(tmp_path / "a.wav")
    for place in (1, 5000, 299_999):
        samples = np.zeros(300_000)
        samples[place] = 0.01
        soundfile.write(path, samples, RATE)
        assert find_fault(path, [(0, 300_000)]) == ""


def test_silent_spans_are_those_of_a_plain_reading(tmp_path):
    rng = np.random.default_rng(0)
    path = str(tmp_path / "a.wav")
    pieces = [
        scale * rng.uniform(-1, 1, rng.integers(300, 9000)) + 0.1
        for scale in [0, 0.1] * 20
    ]
    soundfile.write(path, np.concatenate(pieces), RATE)
    samples, _ = soundfile.read(path)
    edges = rng.integers(0, len(samples), (500, 2))
    edges.sort(axis=1)
    spans = [(int(a), int(b)) for a, b in edges if b - a >= 400]
    spans += [(a, a + 400) for a in range(0, len(samples) - 400, 97)]
    found = find_fault(path, spans)
    silent = {(a, b) for a, b in spans if np.ptp(samples[a:b]) == 0}
    assert silent and set(found) == silent


def test_only_the_silent_span_of_a_file_is_bad(tmp_path, make_row, noise):
    path = tmp_path / "a.wav"
    soundfile.write(path, np.concatenate([noise, np.zeros(RATE)]), RATE)
    rows = [
        make_row(path, len(noise)),
        make_row(path, len(noise) + RATE, start=len(noise), line=3),
    ]
    with pytest.raises(ValueError, match=rf"1 of 2 .*\n.*{NO_SOUND}.*:3"):
        check_audio(rows)
    assert check_audio(rows, on_bad_audio="skip") == [
        {**rows[0], "duration": 5.0}
    ]
    # A turn of an interview may be silent: it is joined with others
    assert len(check_audio(rows, silence_is_bad=False)) == 2


@pytest.mark.parametrize("value", [1e30, -1e20, 1e300, np.nan, -np.inf])
@pytest.mark.parametrize("channels", [1, 2])
def test_values_that_float32_cannot_bear(
    tmp_path, good, make_row, noise, value, channels
):
    path = tmp_path / "loud.wav"
    noise[-7] = value
    samples = np.stack([noise] * channels, axis=1)
    soundfile.write(path, samples, RATE, subtype="DOUBLE")
    row = make_row(path, len(noise))
    with pytest.raises(ValueError, match="loud.wav: holds (samples|NaN)"):
        check_audio([good, row], converted_folder=tmp_path / "out")
    assert not list(tmp_path.glob("out/*"))


def test_floats_of_the_scale_of_integers_are_sound(tmp_path, noise):
    path = str(tmp_path / "a.wav")
    for scale in (1e-5, 2.0**15, LARGEST):
        samples = scale * noise / np.abs(noise).max()
        soundfile.write(path, samples, RATE, subtype="FLOAT")
        assert find_fault(path, [(0, len(noise))]) == ""


@pytest.mark.parametrize("suffix", ["flac", "mp3", "opus"])
@pytest.mark.parametrize("damage", ["cut", "hole"])
def test_damage_of_compressed_files(
    tmp_path, good, make_row, noise, suffix, damage
):
    path = tmp_path / f"a.{suffix}"
    if suffix == "opus":
        soundfile.write(path, noise, RATE, format="OGG", subtype="OPUS")
    else:
        soundfile.write(path, noise, RATE)
    content = bytearray(path.read_bytes())
    middle = len(content) // 2
    content[middle:] = b"" if damage == "cut" else content[middle + 3000 :]
    path.write_bytes(content)
    row = make_row(path, len(noise), line=9)
    with pytest.raises(ValueError, match=rf"/a.{suffix}: .*csv:9"):
        check_audio([good, row])
    kept = check_audio([good, row], on_bad_audio="skip")
    assert [row["ID"] for row in kept] == [good["ID"]]


def test_plain_integers_are_not_read_to_their_end(tmp_path, noise, monkeypatch):
    path = str(tmp_path / "a.wav")
    soundfile.write(path, np.tile(noise, 10), RATE)
    read, frames = soundfile.SoundFile.read, []

    def count(file, wanted, **options):
        frames.append(wanted)
        return read(file, wanted, **options)

    monkeypatch.setattr(soundfile.SoundFile, "read", count)
    assert find_fault(path, [(0, 10 * len(noise))]) == ""
    assert sum(frames) < RATE
