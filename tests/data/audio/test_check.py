"""Bad audio is found before training, all of it at once."""

import logging

import numpy as np
import pytest
import soundfile

from sb_contrastive.data.audio.check import check_audio

RATE = 16000


@pytest.fixture
def bad(tmp_path, make_row):
    """A row for each way to be bad, and {file: the reason expected}."""
    folder = tmp_path
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


def test_all_bad_files_are_in_one_report(bad, good):
    rows, reasons = bad
    with pytest.raises(ValueError) as error:
        check_audio([good, *rows])
    first, *lines = str(error.value).splitlines()
    assert "9 of 10 utterances" in first
    assert len(lines) == len(reasons)
    for i, (line, (name, reason)) in enumerate(zip(lines, reasons.items())):
        assert f"/{name}: {reason}" in line
        assert line.endswith(f"(mine.csv:{i + 2})")


def test_bad_files_are_left_out_only_when_asked(bad, good, caplog):
    rows, _ = bad
    with caplog.at_level(logging.WARNING):
        kept = check_audio([*rows, good], on_bad_audio="skip")
    assert [row["ID"] for row in kept] == [good["ID"]]
    assert "9 of 10 utterances left out" in caplog.text
    assert "text.flac" in caplog.text
    with pytest.raises(ValueError, match="none is left"):
        check_audio(rows, on_bad_audio="skip")
    with pytest.raises(ValueError, match="stop or skip, not 'ignore'"):
        check_audio([good], on_bad_audio="ignore")


def test_long_reports_are_cut(tmp_path, good, make_row):
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

    monkeypatch.setattr(soundfile, "blocks", refuse)
    monkeypatch.setattr(soundfile, "read", refuse)
    assert len(check_audio([good])) == 1


def test_an_utterance_too_short_for_an_encoder_is_named(tmp_path):
    path = tmp_path / "click.wav"
    soundfile.write(path, np.sin(np.arange(800)), 16000)
    row = {"ID": "click", "wav": str(path), "start": 0, "stop": 800}
    assert check_audio([row], shortest=0.05)
    with pytest.raises(ValueError, match="lasts 0.050 s, less than 0.1 s"):
        check_audio([row], shortest=0.1)
