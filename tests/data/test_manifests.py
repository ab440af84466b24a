"""Manifests: a user's own CSV is read tolerantly, and a wrong one is refused with its line."""

import os

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st
from speechbrain.dataio.dataset import DynamicItemDataset

from sb_contrastive.data.manifests import (
    read_manifest,
    scan_folder,
    write_manifest,
)

RATE = 16000


def write_audio(path, samples=800, rate=RATE):
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, np.zeros(samples), rate)
    return path


@pytest.fixture
def manifest(tmp_path):
    """Returns a function that writes text as a manifest."""

    def write(text):
        path = tmp_path / "mine.csv"
        path.write_bytes(text.encode())
        return path

    return write


def full_rows(count=3):
    return [
        {
            "ID": f"u{i}",
            "duration": 0.1 + i,
            "wav": f"/corpus/a b/{i}.wav",
            "start": i,
            "stop": 16000 * (i + 1),
            "spk_id": f"s{i}",
            "label": "sad",
        }
        for i in range(count)
    ]


def test_only_wav_is_required(tmp_path, manifest):
    write_audio(tmp_path / "one.wav", 1200)
    write_audio(tmp_path / "two.flac", 4000, rate=8000)
    rows = read_manifest(manifest("wav\none.wav\ntwo.flac\n"))
    one, two = rows
    assert one == {
        "ID": "one",
        "duration": 1200 / RATE,
        "wav": (tmp_path / "one.wav").as_posix(),
        "start": 0,
        "stop": 1200,
        "source": f"{(tmp_path / 'mine.csv').as_posix()}:2",
    }
    assert two["stop"] == 4000 and two["duration"] == 0.5


def test_crlf_bom_blanks_alias_and_extra_columns(manifest):
    text = (
        "\ufeffID, speaker ,wav,text,duration,start,stop,sex\r\n"
        'a,ann,/a.wav,"hello, you",1.5,0.0,24000,\r\n'
        "\r\n"
        "b, bob,/b.wav,,2,10,32000,m\r\n"
    )
    a, b = read_manifest(manifest(text))
    assert a["spk_id"] == "ann" and b["spk_id"] == "bob"
    assert "text" not in a and "sex" not in a and b["sex"] == "m"
    assert (a["duration"], a["start"], a["stop"]) == (1.5, 0, 24000)
    assert a["source"].endswith("mine.csv:2")
    assert b["source"].endswith("mine.csv:4")


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
    assert row["wav"] == f"{os.getcwd()}/a.wav" and row["source"] == (
        "mine.csv:2"
    )
    (row,) = read_manifest("mine.csv", data_root="deeper")
    assert row["wav"] == f"{os.getcwd()}/deeper/a.wav"


def test_ids_of_repeated_stems_come_from_the_path(manifest):
    rows = read_manifest(
        manifest(
            "wav,duration,start,stop\n"
            "/c/id1/v/00001.wav,1,0,9\n"
            "/c/id2/v/00001.wav,1,0,9\n"
            "/c/id2/v/00002.wav,1,0,9\n"
        )
    )
    assert [row["ID"] for row in rows] == [
        "id1--v--00001",
        "id2--v--00001",
        "00002",
    ]


@pytest.mark.parametrize(
    "given_cells, start, stop, duration",
    [
        ("start,stop\n,", 0, 8000, 0.5),
        ("start,stop\n100,4100", 100, 4100, 0.25),
        ("start,duration\n1600,0.25", 1600, 5600, 0.25),
        # rounded: the end of the file is meant, not a span inside it
        ("start,duration\n0,0.496", 0, 8000, 0.496),
        ("duration\n0.5", 0, 8000, 0.5),
        ("start\n4000", 4000, 8000, 0.25),
        ("stop\n4000", 0, 4000, 0.25),
    ],
)
def test_spans_are_completed(
    tmp_path, manifest, given_cells, start, stop, duration
):
    write_audio(tmp_path / "a.wav", 8000)
    names, cells = given_cells.split("\n")
    (row,) = read_manifest(manifest(f"wav,{names}\na.wav,{cells}\n"))
    assert (row["start"], row["stop"]) == (start, stop)
    assert row["duration"] == duration


def test_headers_are_read_only_where_something_is_missing(manifest):
    rows = read_manifest(
        manifest("wav,duration,stop\n/none.wav,1,16000\n/none2.wav,,\n")
    )
    assert [row["stop"] for row in rows] == [16000, 0]
    assert [row["start"] for row in rows] == [0, 0]


HEAD = "ID,wav,duration,start,stop,label\n"


@pytest.mark.parametrize(
    "text, message",
    [
        ("", "mine.csv is empty"),
        (HEAD, "lists no utterance"),
        ("\n" + HEAD, "is empty"),
        (HEAD + "a,/a.wav,1,0,9,x\na,/b.wav,1,0,9,x\n", r":3 .*'a' of .*:2"),
        ("wav,label\n/a.wav,x\n/a.wav,x\n", r":3 .*'a' of .*:2"),
        (HEAD + "a,/a.wav,long,0,9,x\n", r":2 has the duration 'long'"),
        (HEAD + "a,/a.wav,inf,0,9,x\n", r":2 has the duration 'inf'"),
        (HEAD + "a,/a.wav,0,0,9,x\n", r":2 has a duration of 0"),
        (HEAD + "a,/a.wav,1,0.5,9,x\n", r":2 has the start '0.5'"),
        (HEAD + "a,/a.wav,1,-1,9,x\n", r":2 has the start '-1'"),
        (HEAD + "a,/a.wav,1,0,nan,x\n", r":2 has the stop 'nan'"),
        (HEAD + "a,/a.wav,1,9,9,x\n", r":2 stops at sample 9, not after"),
        (HEAD + "a,/a.wav,1,,0,x\n", r":2 stops at sample 0, not after"),
        (HEAD + "a,,1,0,9,x\n", r":2 leaves the column 'wav' empty"),
        (HEAD + "a,/a.wav,1,0,9,\n", r":2 leaves the column 'label' empty"),
        (HEAD + "a,/a.wav,1,0,9,x,y\n", r":2 has 7 cells for 6 columns"),
        (HEAD + "a,/a.wav,1\n", r":2 has 3 cells for 6 columns"),
        (HEAD + "a,$data_folder/a.wav,1,0,9,x\n", r":2 .*\$data_folder"),
        ("wave,label\n", r":1 has no column 'wav'.*mean 'wave'\?"),
        ("wav,lable\n", r":1 has no column 'label'.*mean 'lable'\?"),
        ("wav;label\n", r":1 has no column 'wav' among wav;label"),
        ("wav,wav,label\n", r":1 names the column 'wav' twice"),
        ("wav,\0label\n\udcff", None),
    ],
)
def test_wrong_manifests(tmp_path, text, message):
    path = tmp_path / "mine.csv"
    path.write_bytes(text.encode(errors="surrogateescape"))
    with pytest.raises(ValueError, match=message or "is not a CSV in UTF-8"):
        read_manifest(path, required=["label"])


@pytest.mark.parametrize("name", ["../x", "a/b", "/etc/x", "..", ".", "a\\b"])
def test_ids_never_lead_out_of_a_folder(manifest, tmp_path, name):
    with pytest.raises(ValueError, match=r"mine.csv:2 .*path separator"):
        read_manifest(manifest(HEAD + f"{name},/a.wav,1,0,9,x\n"))
    row = {**full_rows(1)[0], "ID": name}
    with pytest.raises(ValueError, match="path separator"):
        write_manifest([row], tmp_path / "out.csv")
    assert not (tmp_path / "out.csv").exists()


def test_missing_manifest_names_the_nearest(manifest, tmp_path):
    manifest("wav\n")
    with pytest.raises(FileNotFoundError, match="did you mean 'mine.csv'"):
        read_manifest(tmp_path / "mien.csv")


def test_written_manifest_is_speechbrain_s(tmp_path):
    path = tmp_path / "deep" / "out.csv"
    rows = full_rows()
    rows[0]["wav"] = "$data_root/0.wav"
    write_manifest([{**row, "source": "x:1", "extra": 1} for row in rows], path)
    dataset = DynamicItemDataset.from_csv(
        path, replacements={"data_root": "/corpus"}
    )
    item = dataset.data["u0"]
    assert item == {
        "duration": 0.1,
        "wav": "/corpus/0.wav",
        "start": "0",
        "stop": "16000",
        "spk_id": "s0",
        "label": "sad",
    }
    assert [p.name for p in path.parent.iterdir()] == ["out.csv"]


def test_writing_keeps_the_old_file_when_it_fails(tmp_path):
    path = tmp_path / "out.csv"
    write_manifest(full_rows(), path)
    before = path.read_bytes()
    with pytest.raises(ValueError, match="no utterance"):
        write_manifest([], path)
    twice = full_rows(1) * 2
    with pytest.raises(ValueError, match="ID 'u0'"):
        write_manifest(twice, path)
    assert path.read_bytes() == before


texts = st.text(
    st.characters(blacklist_categories=("Cs", "Cc", "Z")), min_size=1
)


@given(
    st.lists(
        st.fixed_dictionaries(
            {
                "duration": st.floats(1e-6, 1e6),
                "start": st.integers(0, 10**9),
                "wav": texts.map(
                    lambda t: "/c/" + t.replace("/", "").replace(".", "") + "w"
                ),
            },
            optional={"label": texts, "fold": texts},
        ),
        min_size=1,
        max_size=5,
    )
)
def test_reading_gives_what_was_written(tmp_path_factory, rows):
    path = tmp_path_factory.mktemp("round") / "rows.csv"
    for i, row in enumerate(rows):
        row.update(ID=f"u{i}", stop=row["start"] + i + 1)
    write_manifest(rows, path)
    read = read_manifest(path)
    assert [{k: v for k, v in r.items() if k != "source"} for r in read] == rows


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


def test_scan_folder_follows_links_but_not_in_circles(tmp_path):
    write_audio(tmp_path / "elsewhere" / "a.wav")
    (tmp_path / "corpus").mkdir()
    (tmp_path / "corpus" / "ann").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "elsewhere" / "up").symlink_to(tmp_path / "corpus")
    assert [r["ID"] for r in scan_folder(tmp_path / "corpus")] == ["ann--a"]


def test_scan_folder_refuses_what_is_no_corpus(tmp_path):
    with pytest.raises(FileNotFoundError, match="there is no .wav, .flac"):
        scan_folder(tmp_path)
    with pytest.raises(FileNotFoundError, match="no folder"):
        scan_folder(tmp_path / "none")
    write_audio(tmp_path / "a.wav")
    write_audio(tmp_path / "a.flac")
    with pytest.raises(ValueError, match="a.wav has the ID 'a' of .*a.flac"):
        scan_folder(tmp_path)
