"""All audio below a folder is found, once, and its speakers with it."""

import os

import numpy as np
import pytest
import soundfile

from sb_contrastive.data.manifests.folder_scan import scan_folder

RATE = 16000


def test_scan_folder(tmp_path):
    for name in [
        "wav/id2/v/00001.wav",
        "wav/id1/-x--y/00001.FLAC",
        "wav/id1/-x--y/._00001.wav",
        "wav/.cache/id3/00001.wav",
        "other/b.c.ogg",
        "top.wav",
    ]:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        kind = "FLAC" if name.endswith("FLAC") else path.suffix[1:].upper()
        soundfile.write(path, np.zeros(RATE), RATE, format=kind)
    (tmp_path / "wav" / "notes.txt").write_text("no audio")
    rows = scan_folder(tmp_path)
    assert [(row["ID"], row.get("spk_id")) for row in rows] == [
        ("other--b.c", "other"),
        ("top", None),
        ("id1---x--y--00001", "id1"),
        ("id2--v--00001", "id2"),
    ]
    assert all((r["stop"], r["duration"]) == (RATE, 1.0) for r in rows)
    assert all(os.path.isabs(row["wav"]) for row in rows)


def test_scan_folder_follows_links_but_not_in_circles(tmp_path, write_audio):
    write_audio(tmp_path / "elsewhere" / "a.wav")
    (tmp_path / "corpus").mkdir()
    (tmp_path / "corpus" / "ann").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "elsewhere" / "up").symlink_to(tmp_path / "corpus")
    assert [r["ID"] for r in scan_folder(tmp_path / "corpus")] == ["ann--a"]


def test_scan_folder_refuses_what_is_no_corpus(tmp_path, write_audio):
    with pytest.raises(FileNotFoundError, match="there is no .wav, .flac"):
        scan_folder(tmp_path)
    with pytest.raises(FileNotFoundError, match="no folder"):
        scan_folder(tmp_path / "none")
    write_audio(tmp_path / "a.wav")
    write_audio(tmp_path / "a.flac")
    with pytest.raises(ValueError, match="a.wav has the ID 'a' of .*a.flac"):
        scan_folder(tmp_path)
