import os

import numpy as np
import pytest
import soundfile

from sb_contrastive.data.audio.reading import DecodedFiles, read_span


@pytest.fixture(scope="module")
def wav(tmp_path_factory):
    """Three seconds of noise on a slope, which a shifted crop would betray."""
    path = tmp_path_factory.mktemp("reading") / "three_seconds.wav"
    rng = np.random.default_rng(0)
    audio = 0.1 * rng.standard_normal(48000) + np.linspace(-0.2, 0.2, 48000)
    soundfile.write(path, audio, 16000, subtype="FLOAT")
    return str(path)


@pytest.fixture(scope="module")
def whole(wav):
    return soundfile.read(wav, dtype="float32")[0]


def centred(audio):
    return audio - audio.mean(dtype=np.float64)


@pytest.mark.parametrize(
    "span", [(0, 48000), (0, 1), (100, 16100), (47990, 48000)]
)
def test_a_span_equals_a_slice_of_the_whole_file(wav, whole, span):
    read = read_span(wav, *span)
    assert read.dtype == np.float32
    np.testing.assert_allclose(read, centred(whole[slice(*span)]), atol=1e-6)


@pytest.mark.parametrize("format", ["wav", "flac"])
def test_a_span_of_16_bit_files_is_in_unit_range(tmp_path, format):
    path = tmp_path / f"a.{format}"
    pcm = np.array([-32768, 16384, 0, 16384], dtype=np.int16)
    soundfile.write(path, pcm, 16000)
    np.testing.assert_array_equal(
        read_span(str(path), 0, 4), np.float32([-1, 0.5, 0, 0.5])
    )


def test_a_file_that_has_become_shorter_is_named(wav):
    with pytest.raises(
        ValueError, match="three_seconds.wav ends before sample 48001"
    ):
        read_span(wav, 40000, 48001)


@pytest.fixture
def noise():
    return np.random.default_rng(0).uniform(-0.5, 0.5, 2000)


@pytest.mark.parametrize("extension", ["flac", "FLAC", "wav"])
@pytest.mark.parametrize("budget", [0, 10**6])
def test_reads_what_soundfile_reads_to_the_bit(
    tmp_path, noise, extension, budget
):
    wav = str(tmp_path / f"a.{extension}")
    soundfile.write(wav, noise, 16000, format=extension.upper())
    files = DecodedFiles(budget)
    for start, stop in [(0, 2000), (300, 700), (1900, 2100)]:
        expected, _ = soundfile.read(
            wav, start=start, stop=stop, dtype="float32"
        )
        assert np.array_equal(files.read(wav, start, stop), expected)


def test_a_file_is_decoded_once(tmp_path, noise, monkeypatch):
    wav = str(tmp_path / "a.flac")
    soundfile.write(wav, noise, 16000)
    files = DecodedFiles(budget=10**6)
    first = files.read(wav, 0, 500)

    def refuse(*args, **kwargs):
        raise AssertionError("read from disk again")

    monkeypatch.setattr(soundfile, "read", refuse)
    assert np.array_equal(files.read(wav, 0, 500), first)


def test_keeps_no_more_than_the_budget(tmp_path, noise):
    files = DecodedFiles(budget=9000)  # two files of 4000 bytes
    for name in "abc":
        wav = str(tmp_path / f"{name}.flac")
        soundfile.write(wav, noise, 16000)
        assert len(files.read(wav, 0, 2000)) == 2000
    assert len(files.files) == 2 and files.bytes == 8000


@pytest.mark.parametrize(
    "subtype, longest", [("PCM_24", 60.0), ("PCM_16", 0.1)]
)
def test_keeps_neither_fine_nor_long_files(tmp_path, noise, subtype, longest):
    wav = str(tmp_path / "a.flac")
    soundfile.write(wav, noise, 16000, subtype=subtype)
    files = DecodedFiles(10**6, longest)
    expected, _ = soundfile.read(wav, dtype="float32")
    assert np.array_equal(files.read(wav, 0, 2000), expected)
    assert not files.files


def test_a_file_that_was_replaced_is_read_anew(tmp_path, noise):
    wav = str(tmp_path / "a.flac")
    soundfile.write(wav, noise, 16000)
    files = DecodedFiles(budget=10**6)
    before = files.read(wav, 0, 2000)
    soundfile.write(wav, -noise, 16000)
    os.utime(wav, ns=(1, 1))  # a clock too coarse to see the change hides none
    assert not np.array_equal(files.read(wav, 0, 2000), before)
