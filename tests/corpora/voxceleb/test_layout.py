"""VoxCeleb is found in each layout it comes in; what would be read twice or not at all is named."""

import os
from pathlib import Path

import numpy as np
import pytest
import soundfile


@pytest.mark.parametrize(
    "dev, test, given",
    [
        ("wav", "wav", "."),
        ("dev/wav", "test/wav", "."),
        ("voxceleb1/dev/wav", "voxceleb1/test/wav", "."),
        ("dev/aac", "test/aac", "."),
        ("dev/aac", "aac", "."),
        ("dev", "test", "."),
        ("wav", "wav", "wav"),
    ],
)
@pytest.mark.parametrize("extension", ["wav", "FLAC", "ogg"])
def test_every_layout_gives_the_same_utterances(
    voxceleb, prepare, tmp_path, dev, test, given, extension
):
    root = tmp_path / "corpus"
    voxceleb.speak(root / dev, voxceleb.DEV, extension)
    voxceleb.speak(root / test, voxceleb.TEST, extension)
    voxceleb.litter(root)
    (root / "veri_test2.txt").write_text(
        f"{voxceleb.TRIAL}\n{voxceleb.OTHER}\n"
    )
    rows = prepare(root / given)
    assert voxceleb.ids(rows) == voxceleb.DEV_IDS
    assert all(Path(row["wav"]).is_file() for row in rows)


@pytest.mark.parametrize(
    "dev, test",
    [("dev/wav", "test/wav"), ("dev/aac", "aac"), ("x/dev", "x/test/aac")],
)
def test_the_test_part_is_left_out_without_lists_too(
    voxceleb, prepare, tmp_path, dev, test
):
    root = tmp_path / "v2"
    voxceleb.speak(root / dev, {"id00012": {"v": 1}})
    voxceleb.speak(root / test, {"id00017": {"v": 1}})
    rows = prepare(root, trials=[])
    assert voxceleb.ids(rows) == ["id00012--v--00001"]


@pytest.mark.parametrize("meta", ["vox1_meta.csv", "vox2_meta.csv"])
def test_the_tables_say_who_is_of_the_test_part(prepare, merged, meta):
    comma = "\t" if "1" in meta else " ,"
    table = [["id", "name", "Set"], ["id10002", "A", "test"]]
    table += [["id10001", "B", "dev "]]
    text = "\n".join(comma.join(line) for line in table)
    (merged / meta).write_text(text)
    assert "id10002" not in {r["spk_id"] for r in prepare(merged)}


def test_links_do_not_double_the_corpus(voxceleb, prepare, tmp_path):
    root = tmp_path / "v1"
    voxceleb.speak(root / "dev/wav", voxceleb.DEV)
    voxceleb.speak(root / "test/wav", voxceleb.TEST)
    (root / "wav").mkdir()
    for speaker in root.glob("*/wav/id*"):
        os.symlink(speaker, root / "wav" / speaker.name)
    os.symlink(root, root / "again")
    rows = prepare(root, trials=[])
    assert voxceleb.ids(rows) == voxceleb.DEV_IDS


def test_copies_are_refused(voxceleb, prepare, merged):
    voxceleb.speak(merged / "wav", {"id10002": {"abcdefgh--_": 1}}, "flac")
    with pytest.raises(ValueError, match=r"00001\.flac and .*the same utt"):
        prepare(merged)


@pytest.mark.parametrize("place", ["beside", "wav", None])
def test_m4a_has_to_be_converted(voxceleb, prepare, merged, tmp_path, place):
    root = tmp_path / "v2"
    source = root / "dev/aac/id00012/21Uxsk56VDQ"
    source.mkdir(parents=True)
    (source / "00001.m4a").write_bytes(b"\0")
    if place is None:
        with pytest.raises(ValueError) as error:
            prepare([merged, root])
        assert "00001.m4a is M4A" in str(error.value)
        assert "ffmpeg" in str(error.value)
        assert not (tmp_path / "train.csv").exists()
        return
    tree = "dev/aac" if place == "beside" else "dev/wav"
    voxceleb.speak(root / tree, {"id00012": {"21Uxsk56VDQ": 1}})
    assert len(prepare([merged, root])) == 6


def test_a_file_without_a_video_is_refused(prepare, merged):
    soundfile.write(merged / "wav/id10001/00001.wav", np.zeros(160), 16000)
    with pytest.raises(ValueError, match="a folder per video"):
        prepare(merged)


def test_what_is_no_voxceleb_is_named(prepare, tmp_path):
    with pytest.raises(FileNotFoundError, match="no folder"):
        prepare(tmp_path / "absent")
    (tmp_path / "empty").mkdir()
    with pytest.raises(FileNotFoundError, match="is not VoxCeleb"):
        prepare(tmp_path / "empty")
