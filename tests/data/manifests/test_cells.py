"""A manifest is a CSV of any make; a wrong one is refused with its line."""

import os

import pytest

from sb_contrastive.data.manifests import cells
from sb_contrastive.data.manifests.manifest import read_manifest
from sb_contrastive.data.manifests.source import SOURCE

HEAD = "ID,wav,duration,start,stop,label\n"


def test_crlf_bom_blanks_alias_and_extra_columns(manifest):
    text = (
        "\ufeffID, speaker ,wav,text,duration,start,stop,sex\r\n"
        'a,ann,/a.wav,"hello, you",1.5,0.0,24000,\r\n'
        "\r\n"
        "b, bob,/b.wav,,2,10,32000,m\r\n"
    )
    a, b = read_manifest(manifest(text))
    assert a["spk_id"] == "ann" and b["spk_id"] == "bob"
    assert a["text"] == "hello, you" and "text" not in b
    assert "sex" not in a and b["sex"] == "m"
    assert (a["duration"], a["start"], a["stop"]) == (1.5, 0, 24000)
    assert a[SOURCE].endswith("mine.csv:2")
    assert b[SOURCE].endswith("mine.csv:4")


def test_paths(manifest, tmp_path):
    text = "ID,wav,duration,start,stop\n"
    text += "".join(
        f"{i},{wav},1,0,16000\n"
        for i, wav in enumerate(["$data_root/x/a.wav", "x/../b.wav", "/c.wav"])
    )
    path = manifest(text)
    wavs = [row["wav"] for row in read_manifest(path, data_root="/corpus")]
    assert wavs == ["/corpus/x/a.wav", "/corpus/b.wav", "/c.wav"]
    with pytest.raises(ValueError, match=r"mine.csv:2 .*--data_root"):
        read_manifest(path)
    path = manifest(text.replace("$data_root/", "sub/"))
    assert read_manifest(path)[0]["wav"] == (
        (tmp_path / "sub/x/a.wav").as_posix()
    )


def test_relative_manifest_and_root_give_absolute_paths(
    manifest, tmp_path, monkeypatch
):
    manifest("wav,duration,start,stop\na.wav,1,0,16000\n")
    monkeypatch.chdir(tmp_path)
    (row,) = read_manifest("mine.csv")
    assert row["wav"] == f"{os.getcwd()}/a.wav" and row[SOURCE] == (
        "mine.csv:2"
    )
    (row,) = read_manifest("mine.csv", data_root="deeper")
    assert row["wav"] == f"{os.getcwd()}/deeper/a.wav"


@pytest.mark.parametrize(
    "text, message",
    [
        ("", "mine.csv is empty"),
        (HEAD, "lists no utterance"),
        ("\n" + HEAD, "is empty"),
        (HEAD + "a,,1,0,9,x\n", r":2 leaves the column 'wav' empty"),
        (HEAD + "a,/a.wav,1,0,9,\n", r":2 leaves the column 'label' empty"),
        (HEAD + "a,/a.wav,1,0,9,x,y\n", r":2 has 7 cells for 6 columns"),
        (HEAD + "a,/a.wav,1\n", r":2 has 3 cells for 6 columns"),
        (HEAD + "a,$data_folder/a.wav,1,0,9,x\n", r":2 .*\$data_folder"),
        ("wave,label\n", r":1 has no column 'wav'.*mean 'wave'\?"),
        ("wav,lable\n", r":1 has no column 'label'.*mean 'lable'\?"),
        ("wav;lable\n", r":1 has no column 'label' among wav, lable"),
        ("wav\tspeaker\n", r":1 has no column 'label' among wav, speaker"),
        ("path;label\n", r":1 has no column 'wav' among path, label"),
        ("wav label\n", r":1 has no column 'wav' among wav label"),
        ("wav,wav,label\n", r":1 names the column 'wav' twice"),
        ("wav,\0label\n\udcff", None),
    ],
)
def test_wrong_manifests(tmp_path, text, message):
    path = tmp_path / "mine.csv"
    path.write_bytes(text.encode(errors="surrogateescape"))
    with pytest.raises(ValueError, match=message or "is not a CSV in UTF-8"):
        read_manifest(path, required=["label"])


def test_missing_manifest_names_the_nearest(manifest, tmp_path):
    manifest("wav\n")
    with pytest.raises(FileNotFoundError, match="did you mean 'mine.csv'"):
        read_manifest(tmp_path / "mien.csv")


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|", ", ", "; "])
@pytest.mark.parametrize("quote", ['"', ""])
def test_separators_and_quotes(manifest, delimiter, quote):
    lines = [
        ["wav", "speaker", "label", "stop", "duration"],
        ["/a.wav", "0012", "no", "16000", "1"],
        ["/b.wav", "1e3", "~", "16000", "1"],
    ]
    text = "\n".join(
        delimiter.join(f"{quote}{cell}{quote}" for cell in line)
        for line in lines
    )
    rows = read_manifest(manifest(text), required=["label", "spk_id"])
    assert [(r["wav"], r["spk_id"], r["label"]) for r in rows] == [
        ("/a.wav", "0012", "no"),
        ("/b.wav", "1e3", "~"),
    ]


def test_a_quoted_separator_belongs_to_its_cell(manifest):
    text = 'wav,text,stop,duration\n/a.wav, "well; no, yes",9,1\n'
    (row,) = read_manifest(manifest(text))
    assert row["text"] == "well; no, yes"


def test_a_speaker_is_called_as_the_user_calls_it(manifest):
    with pytest.raises(ValueError, match=r"'spk_id' \(or 'speaker'\)"):
        read_manifest(manifest("wav,speaker\na.wav,\n"), required=["spk_id"])


@pytest.mark.parametrize(
    "root", ["/corpus", "/corpus/", "/x/../corpus", "~/corpus", "corpus"]
)
@pytest.mark.parametrize(
    "wav", ["a.wav", "b/a.wav", "b/../a.wav", ".h/a.wav", "b//a.wav", "./a"]
)
def test_paths_are_spelt_in_one_way(manifest, monkeypatch, root, wav):
    monkeypatch.setenv("HOME", "/home/ann")
    text = f"wav,stop,duration\n$data_root/{wav},9,1\n"
    (row,) = read_manifest(manifest(text), data_root=root)
    expected = os.path.join(os.path.expanduser(root), wav)
    assert row["wav"] == os.path.abspath(expected)


@pytest.mark.parametrize("block", [1, 2, 500])
def test_lines_are_read_in_blocks(manifest, monkeypatch, block):
    monkeypatch.setattr(cells, "BLOCK", block)
    text = "ID,wav,duration,stop,label\r\n"
    text += 'a,/a.wav,1,9,x\r\n\r\n,,,,\r\n"bü",/b//c.wav,2,8,"y,\n"\r\n'
    text += "c,/c.wav,3,7,\r\n"
    rows = read_manifest(manifest(text))
    assert [(r["ID"], r["wav"], r["stop"], r.get("label")) for r in rows] == [
        ("a", "/a.wav", 9, "x"),
        ("bü", "/b/c.wav", 8, "y,"),
        ("c", "/c.wav", 7, None),
    ]
    places = [row[SOURCE].rpartition(":")[2] for row in rows]
    assert places == ["2", "6", "7"]
    # A line that is no row at all is told before a wrong number above it
    wrong = text.replace("a.wav,1", "a.wav,x")
    with pytest.raises(ValueError, match=r":2 has the duration 'x'"):
        read_manifest(manifest(wrong))
    with pytest.raises(ValueError, match=r":8 has 1 cells for 5 columns"):
        read_manifest(manifest(wrong + "d\n"))
    with pytest.raises(ValueError, match="mine.csv is not a CSV in UTF-8"):
        read_manifest(manifest((wrong + "\udcff\n")))


def test_numbers_that_no_file_has_are_kept(manifest):
    text = "wav,start,stop,duration\n/a.wav,1,1e30,2\n/b.wav,0,9,1\n"
    rows = read_manifest(manifest(text))
    assert [row["stop"] for row in rows] == [int(1e30), 9]
