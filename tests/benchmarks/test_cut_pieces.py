"""Pieces of recordings: what is cut, what is left, and whose they are."""

import csv
import subprocess
import sys
from pathlib import Path

import numpy as np
import soundfile

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "cut_pieces.py"


def test_pieces_joined_are_the_recording_but_for_a_short_end(tmp_path):
    wave = np.random.default_rng(0).integers(-9000, 9000, 8000, dtype=np.int16)
    soundfile.write(tmp_path / "a.wav", wave, 1000)
    soundfile.write(tmp_path / "b.wav", wave[:1500], 1000)
    (tmp_path / "my.csv").write_text(
        "ID,wav,speaker,split\na,a.wav,ann,train\nb,b.wav,bob,train\nc,b.wav,cid,test\n"
    )
    folder = tmp_path / "pieces"
    words = [tmp_path / "my.csv", folder, "--split", "train"]
    words += ["--seconds", "3", "--least", "1.5"]
    subprocess.run([sys.executable, SCRIPT, *map(str, words)], check=True)
    with open(folder / "metadata.csv", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [(row["ID"], row["speaker"]) for row in rows] == [
        ("a_0", "ann"),
        ("a_1", "ann"),
        ("a_2", "ann"),
        ("b_0", "bob"),
    ]
    read = [
        soundfile.read(folder / row["wav"], dtype="int16")[0] for row in rows
    ]
    assert [len(part) for part in read] == [3000, 3000, 2000, 1500]
    np.testing.assert_array_equal(np.concatenate(read[:3]), wave)
    again = subprocess.run(
        [sys.executable, SCRIPT, *map(str, words)], stderr=-1
    )
    assert again.returncode != 0 and b"FileExistsError" in again.stderr
