"""Bad audio is found before training, and foreign formats become 16 kHz mono once."""

import logging
import os
import time

import numpy as np
import pytest
import soundfile

import sb_contrastive.data.audio_check as audio_check
from sb_contrastive.data.audio_check import check_audio, read_headers

RATE = 16000


def make_row(path, stop, start=0, line=2):
    return {
        "ID": f"{path.stem}-{start}",
        "wav": path.as_posix(),
        "start": start,
        "stop": stop,
        "duration": 1.0,
        "source": f"mine.csv:{line}",
    }


def sine(seconds, rate, frequency=440.0):
    return 0.5 * np.sin(
        2 * np.pi * frequency * np.arange(seconds * rate) / rate
    )


@pytest.fixture
def good(tmp_path):
    path = tmp_path / "good.wav"
    soundfile.write(path, sine(1, RATE), RATE)
    return make_row(path, RATE)


def make_bad(folder):
    """One row for each way to be bad -> the reason expected."""
    soundfile.write(folder / "empty.wav", np.zeros(0), RATE)
    (folder / "nothing.wav").write_bytes(b"")
    (folder / "text.flac").write_text("this is no audio")
    soundfile.write(folder / "short.wav", np.zeros(100), RATE)
    samples = np.zeros(300_000)  # the NaN is beyond the first block read
    samples[-1] = np.nan
    soundfile.write(folder / "nan.wav", samples, RATE, subtype="FLOAT")
    samples[-1] = np.inf
    soundfile.write(folder / "inf.wav", samples, RATE, subtype="DOUBLE")
    (folder / "folder.wav").mkdir()
    # STREAMINFO of a FLAC written to a pipe: 0 samples in all
    soundfile.write(folder / "pipe.flac", np.zeros(100), RATE)
    flac = bytearray((folder / "pipe.flac").read_bytes())
    flac[21] &= 0xF0
    flac[22:26] = bytes(4)
    (folder / "pipe.flac").write_bytes(flac)
    reasons = {
        "gone.wav": "missing",
        "folder.wav": "missing",
        "empty.wav": "empty",
        "nothing.wav": "unreadable",
        "text.flac": "unreadable",
        "short.wav": "span 0-101 outside its 100 samples",
        "nan.wav": "holds NaN",
        "inf.wav": "holds NaN or infinity",
        "pipe.flac": "of unknown length",
    }
    rows = [
        make_row(folder / name, 101, line=i + 2)
        for i, name in enumerate(reasons)
    ]
    return rows, reasons


def test_all_bad_files_are_in_one_report(tmp_path, good):
    rows, reasons = make_bad(tmp_path)
    with pytest.raises(ValueError) as error:
        check_audio([good, *rows])
    first, *lines = str(error.value).splitlines()
    assert "9 of 10 utterances" in first
    assert len(lines) == len(reasons)
    for i, (line, (name, reason)) in enumerate(zip(lines, reasons.items())):
        assert f"/{name}: {reason}" in line
        assert line.endswith(f"(mine.csv:{i + 2})")


def test_bad_files_are_left_out_only_when_asked(tmp_path, good, caplog):
    rows, _ = make_bad(tmp_path)
    with caplog.at_level(logging.WARNING):
        kept = check_audio([*rows, good], on_bad_audio="skip")
    assert [row["ID"] for row in kept] == [good["ID"]]
    assert "9 of 10 utterances left out" in caplog.text
    assert "text.flac" in caplog.text
    with pytest.raises(ValueError, match="none is left"):
        check_audio(rows, on_bad_audio="skip")
    with pytest.raises(ValueError, match="'stop' or 'skip', not 'ignore'"):
        check_audio([good], on_bad_audio="ignore")


def test_long_reports_are_cut(tmp_path, good):
    rows = [make_row(tmp_path / f"gone{i}.wav", 9) for i in range(25)]
    with pytest.raises(ValueError) as error:
        check_audio([good, *rows])
    lines = str(error.value).splitlines()
    assert len(lines) == 1 + 20 + 1 and lines[-1] == "  and 5 more"


@pytest.mark.parametrize("start, stop", [(0, 0), (5, 5), (-1, 9), (9, 17000)])
def test_spans_must_lie_in_the_file(good, start, stop):
    with pytest.raises(ValueError, match=f"span {start}-{stop} outside"):
        check_audio([good, {**good, "start": start, "stop": stop}])


def test_good_rows_pass_unchanged_but_for_their_duration(good):
    part = {**good, "start": 4000, "stop": 12000, "duration": 77.0}
    before = dict(part)
    whole, cut = check_audio([good, part])
    assert whole == good
    assert cut == {**part, "duration": 0.5}
    assert part == before


def test_samples_are_decoded_only_where_nan_can_hide(good, monkeypatch):
    def refuse(*args, **kwargs):
        raise AssertionError("decoded")

    monkeypatch.setattr(audio_check.soundfile, "blocks", refuse)
    monkeypatch.setattr(audio_check.soundfile, "read", refuse)
    assert len(check_audio([good])) == 1


@pytest.mark.parametrize(
    "rate, channels", [(8000, 1), (44100, 2), (16000, 3), (48000, 1)]
)
def test_conversion_keeps_the_signal(tmp_path, rate, channels):
    path = tmp_path / "in.wav"
    scale = np.arange(1, channels + 1) / channels  # [channels]
    soundfile.write(path, sine(2, rate)[:, None] * scale, rate, "PCM_24")
    whole = make_row(path, 2 * rate)
    part = make_row(path, rate, start=rate // 2, line=3)
    rows = check_audio([whole, part], converted_folder=tmp_path / "out")
    assert (rows[0]["start"], rows[0]["stop"]) == (0, 2 * RATE)
    assert (rows[1]["start"], rows[1]["stop"]) == (RATE // 2, RATE)
    assert rows[1]["duration"] == 0.5
    assert rows[0]["wav"] == rows[1]["wav"]
    assert len(list((tmp_path / "out").iterdir())) == 1
    copy, copy_rate = soundfile.read(rows[0]["wav"])
    assert copy_rate == RATE and copy.shape == (2 * RATE,)
    # the ends hear the resampler's zero padding
    expected = sine(2, RATE)[200:-200] * scale.mean()
    assert np.abs(copy[200:-200] - expected).max() < 2e-3


def test_copies_are_made_once_until_the_original_changes(tmp_path):
    path, out = tmp_path / "in.wav", tmp_path / "out"
    soundfile.write(path, sine(1, 8000), 8000)
    row = make_row(path, 8000)
    (first,) = check_audio([row], converted_folder=out)
    written = os.stat(first["wav"]).st_mtime_ns
    (again,) = check_audio([row], converted_folder=out)
    assert again == first and os.stat(first["wav"]).st_mtime_ns == written
    soundfile.write(path, sine(1, 8000, 220.0), 8000)
    os.utime(path, (time.time(), time.time() + 5))
    (changed,) = check_audio([row], converted_folder=out)
    assert changed["wav"] != first["wav"]
    assert {p.suffix for p in out.iterdir()} == {".flac"}


def test_conversion_is_logged_and_needs_a_folder(tmp_path, good, caplog):
    path = tmp_path / "in.wav"
    soundfile.write(path, sine(1, 8000), 8000)
    rows = [good, make_row(path, 8000)]
    with pytest.raises(ValueError, match="in.wav, has 8000 Hz.*converted_fold"):
        check_audio(rows)
    with caplog.at_level(logging.INFO):
        check_audio(rows, converted_folder=tmp_path / "out")
    assert "1 files converted to 16000 Hz mono" in caplog.text


def test_loud_floats_are_turned_down_not_clipped(tmp_path):
    path = tmp_path / "loud.wav"
    soundfile.write(path, 8 * sine(1, RATE), RATE, subtype="FLOAT")
    stereo = tmp_path / "stereo.wav"
    samples, _ = soundfile.read(path)
    soundfile.write(stereo, np.stack([samples] * 2, 1), RATE, subtype="FLOAT")
    row = make_row(stereo, RATE)
    (row,) = check_audio([row], converted_folder=tmp_path / "out")
    copy, _ = soundfile.read(row["wav"])
    assert np.abs(copy - 2 * sine(1, RATE)).max() < 1e-3


def test_a_file_that_breaks_off_is_found_when_converted(tmp_path, good):
    path = tmp_path / "cut.flac"
    noise = np.random.default_rng(0).uniform(-1, 1, 80000)
    soundfile.write(path, noise, 8000)
    path.write_bytes(path.read_bytes()[:9000])
    row = make_row(path, 80000, line=7)
    with pytest.raises(ValueError, match=r"cut.flac: .*\(mine.csv:7\)"):
        check_audio([good, row], converted_folder=tmp_path / "out")
    assert not list((tmp_path / "out").iterdir())


def test_very_short_spans_survive_conversion(tmp_path):
    path = tmp_path / "in.wav"
    soundfile.write(path, sine(1, 48000), 48000)
    rows = [make_row(path, s + 1, start=s) for s in (0, 1, 2, 47999)]
    for row in check_audio(rows, converted_folder=tmp_path / "out"):
        assert 0 <= row["start"] < row["stop"] <= RATE


def test_headers_come_in_order_whatever_the_number(tmp_path, capsys):
    paths = []
    for i in range(7):
        paths.append(str(tmp_path / f"{i}.wav"))
        soundfile.write(paths[-1], np.zeros((i + 1, 1 + i % 2)), 8000 + i)
    headers = read_headers(paths * 100, jobs=3)
    assert "headers: 100%" in capsys.readouterr().err
    assert len(headers) == 700
    for i, header in enumerate(headers):
        k = i % 7
        assert header == (k + 1, 8000 + k, 1 + k % 2, "PCM_16", "")
    assert read_headers([]) == []
