"""Foreign formats become 16 kHz mono once, and sound as before."""

import logging
import os
import resource
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
import soundfile

from sb_contrastive.data.audio.check import check_audio
from sb_contrastive.files import DiskError

RATE = 16000


@pytest.mark.parametrize(
    "rate, channels", [(8000, 1), (44100, 2), (16000, 3), (48000, 1)]
)
def test_conversion_keeps_the_signal(tmp_path, rate, channels, make_row, sine):
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


def test_copies_are_made_once_until_the_original_changes(
    tmp_path, make_row, sine
):
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


def test_conversion_is_logged_and_needs_a_folder(
    tmp_path, good, caplog, make_row, sine
):
    path = tmp_path / "in.wav"
    soundfile.write(path, sine(1, 8000), 8000)
    rows = [good, make_row(path, 8000)]
    with pytest.raises(ValueError, match="in.wav, has 8000 Hz.*converted_fold"):
        check_audio(rows)
    with caplog.at_level(logging.INFO):
        check_audio(rows, converted_folder=tmp_path / "out")
    assert "1 files converted to 16000 Hz mono" in caplog.text


def test_loud_floats_are_turned_down_not_clipped(tmp_path, make_row, sine):
    path = tmp_path / "loud.wav"
    soundfile.write(path, 8 * sine(1, RATE), RATE, subtype="FLOAT")
    stereo = tmp_path / "stereo.wav"
    samples, _ = soundfile.read(path)
    soundfile.write(stereo, np.stack([samples] * 2, 1), RATE, subtype="FLOAT")
    row = make_row(stereo, RATE)
    (row,) = check_audio([row], converted_folder=tmp_path / "out")
    copy, _ = soundfile.read(row["wav"])
    assert np.abs(copy - 2 * sine(1, RATE)).max() < 1e-3


def test_a_file_that_breaks_off_is_found_when_converted(
    tmp_path, good, make_row
):
    path = tmp_path / "cut.flac"
    noise = np.random.default_rng(0).uniform(-1, 1, 80000)
    soundfile.write(path, noise, 8000)
    path.write_bytes(path.read_bytes()[:9000])
    row = make_row(path, 80000, line=7)
    with pytest.raises(ValueError, match=r"cut.flac: .*\(mine.csv:7\)"):
        check_audio([good, row], converted_folder=tmp_path / "out")
    assert not list(tmp_path.glob("out/*"))


def test_very_short_spans_survive_conversion(tmp_path, make_row, sine):
    path = tmp_path / "in.wav"
    soundfile.write(path, sine(1, 48000), 48000)
    rows = [make_row(path, s + 1, start=s) for s in (0, 1, 2, 47999)]
    for row in check_audio(rows, converted_folder=tmp_path / "out"):
        assert 0 <= row["start"] < row["stop"] <= RATE


def test_a_very_quiet_file_keeps_its_sound(tmp_path, make_row, sine):
    # 16 bits would leave nothing but zeros
    path = tmp_path / "quiet.wav"
    quiet = 2e-5 * sine(1, 8000)
    soundfile.write(path, quiet, 8000, subtype="FLOAT")
    row = make_row(path, 8000)
    (row,) = check_audio([row], converted_folder=tmp_path / "out")
    copy, _ = soundfile.read(row["wav"])
    expected = 2e-5 * sine(1, RATE)
    assert np.abs(copy - expected)[200:-200].max() < 2e-7


LONG = """
import resource, sys
import numpy as np, soundfile
from sb_contrastive.data.audio.check import check_audio
from sb_contrastive.data.audio.silence import trim_silence
from sb_contrastive.data.manifests.folder_scan import scan_folder
from sb_contrastive.data.views import RandomCrops

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024

minute = 0.05 * np.random.default_rng(0).standard_normal((44100 * 60, 2))
for k in range(3):
    with soundfile.SoundFile(f"{k}.wav", "w", 44100, 2, "PCM_16") as file:
        for _ in range(int(sys.argv[1])):
            file.write(minute)
rows = scan_folder(".")
before = peak()
rows = check_audio(rows, converted_folder="out", jobs=16)
rows = trim_silence(rows, 30.0, jobs=16)
crops = RandomCrops([2], [3.0], seed=0)
assert crops("a", rows[0]["wav"], rows[0]["start"], rows[0]["stop"])
print(peak() - before)
"""


def test_memory_does_not_grow_with_a_file(tmp_path):
    """Several files at once, each of which took 140 MB in one piece."""
    ran = subprocess.run(
        [sys.executable, "-c", LONG, "2"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": os.getcwd()},
        capture_output=True,
        text=True,
        check=True,
    )
    assert float(ran.stdout.split()[-1]) < 100


@pytest.mark.skipif(os.name != "posix", reason="limits are of POSIX")
def test_a_full_disk_is_a_sentence_with_the_file(tmp_path, make_row, forked):
    path = tmp_path / "long.wav"
    noise = 0.1 * np.random.default_rng(0).standard_normal((44100 * 10, 2))
    soundfile.write(path, noise, 44100)

    def convert():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))
        with pytest.raises(DiskError, match="cannot write .*flac.*free some"):
            row = make_row(path, len(noise))
            check_audio([row], converted_folder=tmp_path / "out")
        assert not list((tmp_path / "out").iterdir())

    assert forked(convert) == [0]
