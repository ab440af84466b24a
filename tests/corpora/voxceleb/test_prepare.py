"""What VoxCeleb's manifest holds, and when it is written anew."""

import csv
import json
import logging
import os
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
import soundfile

from sb_contrastive.corpora import prepare_voxceleb
from sb_contrastive.corpora.voxceleb import prepare as preparation
from sb_contrastive.corpora.voxceleb import rows as voxceleb_rows
from sb_contrastive.data.audio.headers import Header
from sb_contrastive.data.manifests.manifest import read_manifest
from sb_contrastive.data.manifests.source import SOURCE
from sb_contrastive.synthetic import write_voxceleb


def test_every_column(voxceleb, prepare, merged, tmp_path):
    rows = prepare(merged)
    assert voxceleb.ids(rows) == voxceleb.DEV_IDS
    assert rows[1] == {
        "ID": "id10001---a--bcdefgh--00002",
        "duration": 1767 / 16000,
        "wav": (merged / "wav/id10001/-a--bcdefgh/00002.wav").as_posix(),
        "start": 0,
        "stop": 1767,
        "spk_id": "id10001",
        "session": "-a--bcdefgh",
        SOURCE: rows[1][SOURCE],
    }
    text = (tmp_path / "train.csv").read_text()
    assert text.startswith("ID,duration,wav,start,stop,spk_id,session\n")
    assert "$data_root/wav/id10001/" in text and str(tmp_path) not in text


def test_chunks_cover_a_file_end_to_end(prepare, merged):
    rows = prepare(merged, chunk_seconds=0.05)  # 800 samples
    chunks = [row for row in rows if "--00002" in row["ID"]]
    assert [(r["start"], r["stop"]) for r in chunks] == [(0, 800), (800, 1767)]
    assert chunks[1]["ID"] == "id10001---a--bcdefgh--00002_800_1767"
    assert chunks[1]["duration"] == 967 / 16000
    rows = prepare(merged, chunk_seconds=10)
    assert [(row["start"], row["stop"]) for row in rows][:2] == [
        (0, 1607),
        (0, 1767),
    ]


def test_quiet_and_short_files_stay_unless_asked(
    voxceleb, prepare, merged, caplog
):
    path = merged / "wav/id10002/abcdefgh--_/00001.wav"
    quiet = 1e-4 * np.sin(np.arange(1607))
    soundfile.write(path, quiet, 16000, subtype="PCM_16")
    assert len(prepare(merged)) == 5
    with caplog.at_level(logging.WARNING):
        rows = prepare(merged, min_amplitude=5e-4)
    assert len(rows) == 4 and "1 chunks left out" in caplog.text
    rows = prepare(merged, min_seconds=1650 / 16000)
    assert voxceleb.ids(rows) == ["id10001---a--bcdefgh--00002"]
    assert "4 files left out" in caplog.text


def test_bad_audio_stops_or_is_left_out(prepare, merged, tmp_path, caplog):
    wav = merged / "wav"
    (wav / "id10001/-a--bcdefgh/00001.wav").write_bytes(b"")
    silence = np.full(100, np.nan)
    path = wav / "id10002/abcdefgh--_/00001.wav"
    soundfile.write(path, silence, 16000, subtype="FLOAT")
    with pytest.raises(ValueError) as error:
        prepare(merged)
    first, *lines = str(error.value).splitlines()
    assert first.startswith("2 of 5 utterances") and "skip" in first
    assert "/-a--bcdefgh/00001.wav: unreadable" in lines[0]
    assert "holds NaN" in lines[1]
    assert list(tmp_path.glob("train.csv*")) == []
    with caplog.at_level(logging.WARNING):
        rows = prepare(merged, on_bad_audio="skip")
    assert len(rows) == 3 and "2 of 5 utterances left out" in caplog.text
    # A trial without audio has no score
    (wav / "id10271/v/00001.wav").write_bytes(b"")
    with pytest.raises(ValueError, match="1 of 3 utterances have unusable"):
        prepare(
            merged,
            on_bad_audio="skip",
            test_csv=tmp_path / "test.csv",
        )


def test_options_are_checked(prepare, merged):
    for options, message in [
        ({"on_bad_audio": "ignore"}, "stop or skip, not 'ignore'"),
        ({"valid_csv": "valid.csv"}, "give both or neither"),
        ({"validation_speakers": 1}, "give both or neither"),
        ({"chunk_seconds": 0}, "chunk_seconds must be above 0"),
        ({"trials": [], "test_csv": "test.csv"}, "test_csv needs trials"),
        ({"validation_speakers": 3, "valid_csv": "v.csv"}, "3 held out"),
    ]:
        with pytest.raises(ValueError, match=message):
            prepare(merged, **options)


def test_the_csv_does_not_depend_on_threads_or_disk_order(
    prepare, merged, tmp_path, monkeypatch
):
    prepare(merged, jobs=1)
    first = (tmp_path / "train.csv").read_bytes()
    scandir = os.scandir

    class Shuffled:
        def __init__(self, folder):
            self.entries = sorted(
                scandir(folder), key=lambda e: e.name[::-1], reverse=True
            )

        def __enter__(self):
            return self.entries

        def __exit__(self, *error):
            return None

    monkeypatch.setattr(os, "scandir", Shuffled)
    (tmp_path / "train.csv").unlink()
    prepare(merged, jobs=4)
    assert (tmp_path / "train.csv").read_bytes() == first


def test_a_second_call_does_nothing_unless_settings_changed(
    prepare, merged, tmp_path, monkeypatch
):
    prepare(merged)
    before = (tmp_path / "train.csv").stat()
    with monkeypatch.context() as patch:
        patch.setattr(preparation, "find_speakers", None)  # would fail
        prepare(merged)
        with pytest.raises(TypeError):
            prepare(merged, min_seconds=0.01)
    # Interrupted under new settings, the old CSV vouches for nothing
    prepare(merged)
    after = (tmp_path / "train.csv").stat()
    assert after.st_mtime_ns > before.st_mtime_ns
    record = json.loads((tmp_path / "train.csv.settings.json").read_text())
    assert record["trials"] == ["O"]


def test_the_built_in_imitation(voxceleb, prepare, tmp_path):
    folder = write_voxceleb(
        str(tmp_path / "imitation"), speakers=6, utterances=1, jobs=1
    )
    test = tmp_path / "test.csv"
    rows = prepare(folder, test_csv=test)
    assert len(rows) == 4 * 2
    assert {row["spk_id"] for row in rows} == {
        f"id1000{k}" for k in range(1, 5)
    }
    names = set(voxceleb.ids(read_manifest(test, data_root=folder)))
    with open(Path(folder) / "veri_test2.txt") as lines:
        for _, *pair in csv.reader(lines, delimiter=" "):
            for path in pair:
                assert path.replace("/", "--").removesuffix(".wav") in names


def test_many_files_take_little_memory(tmp_path, monkeypatch):
    """Audio is not read: what is measured is what is kept per file."""
    monkeypatch.setattr(voxceleb_rows, "find_fault", lambda *_: "")
    monkeypatch.setattr(
        voxceleb_rows,
        "read_header",
        lambda path: Header(16000, 16000, 1, "PCM_16"),
    )

    def peak(speakers):
        root = tmp_path / f"of_{speakers}"
        for s in range(speakers):
            folder = root / f"dev/wav/id{s:05d}/21Uxsk56VDQ"
            folder.mkdir(parents=True)
            for k in range(1000):
                (folder / f"{k:05d}.wav").touch()
        tracemalloc.start()
        prepare_voxceleb(root, root / "train.csv", trials=[], jobs=1)
        traced = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return traced

    peak(1)  # what is imported and cached once is not kept per file
    # The text of a row has 110 characters; rows as dicts take ten times that
    assert peak(4) - peak(2) < 2000 * 450
