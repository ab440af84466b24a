"""All audio below a folder is found, once, and its speakers with it."""

import logging
import os

import numpy as np
import pytest
import soundfile

from sb_contrastive.data.audio.check import check_audio
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
    with pytest.raises(
        FileNotFoundError, match="there is no .wav, .flac.*nor any"
    ):
        scan_folder(tmp_path)
    with pytest.raises(FileNotFoundError, match="no folder"):
        scan_folder(tmp_path / "none")
    (tmp_path / "a.m4a").touch()
    with pytest.raises(FileNotFoundError, match="only 1 .m4a; convert"):
        scan_folder(tmp_path)


def test_every_format_of_libsndfile_is_taken_and_others_are_counted(
    tmp_path, write_audio, caplog
):
    for kind in ("aiff", "au", "caf", "w64", "mp3", "rf64"):
        write_audio(tmp_path / f"{kind}.{kind}")
    whole = write_audio(tmp_path / "one.wav").read_bytes()
    for name in ("two.WAVE", "three.sph", "four.snd"):
        (tmp_path / name).write_bytes(whole)
    for name in ("x.m4a", "y.m4a", "z.WMA", "notes.txt", ".hidden.m4a"):
        (tmp_path / name).touch()
    with caplog.at_level(logging.WARNING):
        rows = scan_folder(tmp_path)
    names = "aiff au caf four mp3 one rf64 three two w64"
    assert [row["ID"] for row in rows] == names.split()
    assert "2 .m4a, 1 .wma files" in caplog.text
    assert len(check_audio(rows)) == 10


def test_names_that_differ_in_their_suffix_alone(tmp_path, write_audio):
    for name in ("a.wav", "a.flac", "b.wav"):
        write_audio(tmp_path / name)
    names = [row["ID"] for row in scan_folder(tmp_path)]
    assert names == ["a.flac", "a.wav", "b"]


@pytest.mark.skipif(os.name != "posix", reason="names are bytes there")
@pytest.mark.parametrize("place", ["caf%s.wav", "c%s/x.wav"])
def test_a_name_that_is_not_utf8(tmp_path, write_audio, place, caplog):
    write_audio(tmp_path / "good.wav")
    for byte in ("\udce9", "\udce8"):
        write_audio(tmp_path / "x.wav")
        target = tmp_path / (place % byte)
        target.parent.mkdir(exist_ok=True)
        os.rename(tmp_path / "x.wav", target)
    rows = scan_folder(tmp_path)
    assert len({row["ID"] for row in rows}) == 3
    with pytest.raises(ValueError, match=r"2 of 3.*\n.*xe.*not UTF-8") as error:
        check_audio(rows)
    str(error.value).encode()  # it can be printed
    with caplog.at_level(logging.WARNING):
        (row,) = check_audio(rows, on_bad_audio="skip")
    assert row["ID"] == "good" and "rename" in caplog.text
