"""VoxCeleb is prepared from tiny imitations of each layout, with its traps."""

import csv
import importlib.util
import json
import logging
import os
import shutil
from pathlib import Path

import numpy as np
import pytest
import soundfile

from sb_contrastive.corpora import write_voxceleb
from sb_contrastive.data import voxceleb_rows
from sb_contrastive.data.manifests import read_manifest

SCRIPT = Path(__file__).parents[2] / "recipes/VoxCeleb/voxceleb_prepare.py"
spec = importlib.util.spec_from_file_location("voxceleb_prepare", SCRIPT)
recipe = importlib.util.module_from_spec(spec)
spec.loader.exec_module(recipe)

DEV = {
    "id10001": {"-a--bcdefgh": 2, "1zcIwhmdeo4": 1},
    "id10002": {"abcdefgh--_": 1},
    "id10003": {"--_________": 1},
}
TEST = {"id10270": {"x6uYqmx31kE": 2, "-jEAjG6Seg-": 1}, "id10271": {"v": 1}}
TRIAL = "1 id10270/x6uYqmx31kE/00001.wav id10270/-jEAjG6Seg-/00001.wav"
OTHER = "0 id10270/x6uYqmx31kE/00001.wav id10271/v/00001.wav"


def speak(tree, speakers, extension="wav"):
    for speaker, videos in speakers.items():
        for video, count in videos.items():
            folder = tree / speaker / video
            folder.mkdir(parents=True, exist_ok=True)
            for k in range(count):
                samples = 1600 + 160 * k + len(speaker)
                path = folder / f"{k + 1:05d}.{extension}"
                soundfile.write(path, np.full(samples, 0.01), 16000)


def litter(root):
    """What macOS and the corpus' own metadata leave around."""
    for folder in [p for p in root.rglob("*") if p.is_dir()]:
        (folder / ".DS_Store").write_bytes(b"\0")
        (folder / "._00001.wav").write_bytes(b"\0")


@pytest.fixture
def merged(tmp_path):
    root = tmp_path / "voxceleb1"
    speak(root / "wav", DEV)
    speak(root / "wav", TEST)
    # Face tracks have the same folders
    (root / "txt" / "id10001" / "1zcIwhmdeo4").mkdir(parents=True)
    (root / "txt" / "id10001" / "1zcIwhmdeo4" / "00001.txt").touch()
    litter(root)
    (root / "veri_test2.txt").write_text(f"{TRIAL}\n{OTHER}\n\n")
    return root


def prepare(folder, tmp_path, **options):
    path = tmp_path / "train.csv"
    recipe.prepare_voxceleb(folder, path, **options)
    root = None if isinstance(folder, list) else folder
    return read_manifest(path, data_root=root)


def ids(rows):
    return [row["ID"] for row in rows]


DEV_IDS = [
    "id10001---a--bcdefgh--00001",
    "id10001---a--bcdefgh--00002",
    "id10001--1zcIwhmdeo4--00001",
    "id10002--abcdefgh--_--00001",
    "id10003----_________--00001",
]


def test_every_column(merged, tmp_path):
    rows = prepare(merged, tmp_path)
    assert ids(rows) == DEV_IDS
    assert rows[1] == {
        "ID": "id10001---a--bcdefgh--00002",
        "duration": 1767 / 16000,
        "wav": (merged / "wav/id10001/-a--bcdefgh/00002.wav").as_posix(),
        "start": 0,
        "stop": 1767,
        "spk_id": "id10001",
        "session": "-a--bcdefgh",
        "source": rows[1]["source"],
    }
    text = (tmp_path / "train.csv").read_text()
    assert text.startswith("ID,duration,wav,start,stop,spk_id,session\n")
    assert "$data_root/wav/id10001/" in text and str(tmp_path) not in text


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
    tmp_path, dev, test, given, extension
):
    root = tmp_path / "corpus"
    speak(root / dev, DEV, extension)
    speak(root / test, TEST, extension)
    litter(root)
    (root / "veri_test2.txt").write_text(f"{TRIAL}\n{OTHER}\n")
    rows = prepare(root / given, tmp_path)
    assert ids(rows) == DEV_IDS
    assert all(Path(row["wav"]).is_file() for row in rows)


def test_lists_are_found_beside_the_folder_and_below(merged, tmp_path):
    for place in (tmp_path, merged / "wav"):
        shutil.move(merged / "veri_test2.txt", place)
        assert ids(prepare(merged, tmp_path)) == DEV_IDS
        shutil.move(place / "veri_test2.txt", merged)
        (tmp_path / "train.csv").unlink()


def test_two_corpora_at_once(merged, tmp_path):
    other = tmp_path / "voxceleb2"
    speak(other / "dev/aac", {"id00012": {"21Uxsk56VDQ": 1}})
    speak(other / "test/aac", {"id00017": {"21Uxsk56VDQ": 1}})
    rows = prepare([merged, other], tmp_path)
    assert ids(rows) == ["id00012--21Uxsk56VDQ--00001", *DEV_IDS]
    assert Path(rows[0]["wav"]).is_absolute()
    # E names development speakers: nobody of VoxCeleb1 is left
    lines = [TRIAL, OTHER]
    for speaker, videos in DEV.items():
        lines += [
            f"0 {speaker}/{v}/00001.wav {OTHER.split()[1]}" for v in videos
        ]
    (merged / "list_test_all2.txt").write_text("\n".join(lines))
    rows = prepare([merged, other], tmp_path, trials=["O", "E"])
    assert ids(rows) == ["id00012--21Uxsk56VDQ--00001"]
    with pytest.raises(ValueError, match="E and H hold all of VoxCeleb1"):
        prepare(merged, tmp_path, trials=["E"])


@pytest.mark.parametrize(
    "dev, test",
    [("dev/wav", "test/wav"), ("dev/aac", "aac"), ("x/dev", "x/test/aac")],
)
def test_the_test_part_is_left_out_without_lists_too(tmp_path, dev, test):
    root = tmp_path / "v2"
    speak(root / dev, {"id00012": {"v": 1}})
    speak(root / test, {"id00017": {"v": 1}})
    rows = prepare(root, tmp_path, trials=[])
    assert ids(rows) == ["id00012--v--00001"]


@pytest.mark.parametrize("meta", ["vox1_meta.csv", "vox2_meta.csv"])
def test_the_tables_say_who_is_of_the_test_part(merged, tmp_path, meta):
    comma = "\t" if "1" in meta else " ,"
    table = [["id", "name", "Set"], ["id10002", "A", "test"]]
    table += [["id10001", "B", "dev "]]
    text = "\n".join(comma.join(line) for line in table)
    (merged / meta).write_text(text)
    assert "id10002" not in {r["spk_id"] for r in prepare(merged, tmp_path)}


def test_links_do_not_double_the_corpus(tmp_path):
    root = tmp_path / "v1"
    speak(root / "dev/wav", DEV)
    speak(root / "test/wav", TEST)
    (root / "wav").mkdir()
    for speaker in root.glob("*/wav/id*"):
        os.symlink(speaker, root / "wav" / speaker.name)
    os.symlink(root, root / "again")
    rows = prepare(root, tmp_path, trials=[])
    assert ids(rows) == DEV_IDS


def test_copies_are_refused(merged, tmp_path):
    speak(merged / "wav", {"id10002": {"abcdefgh--_": 1}}, "flac")
    with pytest.raises(ValueError, match=r"00001\.flac and .*the same utt"):
        prepare(merged, tmp_path)


@pytest.mark.parametrize("place", ["beside", "wav", None])
def test_m4a_has_to_be_converted(merged, tmp_path, place):
    root = tmp_path / "v2"
    source = root / "dev/aac/id00012/21Uxsk56VDQ"
    source.mkdir(parents=True)
    (source / "00001.m4a").write_bytes(b"\0")
    if place is None:
        with pytest.raises(ValueError) as error:
            prepare([merged, root], tmp_path)
        assert "00001.m4a is M4A" in str(error.value)
        assert "ffmpeg" in str(error.value)
        assert not (tmp_path / "train.csv").exists()
        return
    tree = "dev/aac" if place == "beside" else "dev/wav"
    speak(root / tree, {"id00012": {"21Uxsk56VDQ": 1}})
    assert len(prepare([merged, root], tmp_path)) == 6


def test_a_file_without_a_video_is_refused(merged, tmp_path):
    soundfile.write(merged / "wav/id10001/00001.wav", np.zeros(160), 16000)
    with pytest.raises(ValueError, match="a folder per video"):
        prepare(merged, tmp_path)


def test_what_is_no_voxceleb_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match="no folder"):
        prepare(tmp_path / "absent", tmp_path)
    (tmp_path / "empty").mkdir()
    with pytest.raises(FileNotFoundError, match="is not VoxCeleb"):
        prepare(tmp_path / "empty", tmp_path)


@pytest.mark.parametrize(
    "line, error, message",
    [
        (
            "0 id10270/x6uYqmx31kE/00001.wav id10270/gone/00009.wav",
            FileNotFoundError,
            r":2 names id10270/gone/00009, which is not .* 1 of 3 utter",
        ),
        (
            "0 id10270/x6uYqmx31kE/00001.wav id19999/gone/00009.wav",
            FileNotFoundError,
            ":2 names id19999/gone/00009",
        ),
        ("1 id10270/v/1.wav", ValueError, ":2 is not '1 enrol.wav test.wav'"),
        (
            "id10270/x6uYqmx31kE/00001.wav id10271/v/00001.wav target",
            ValueError,
            ":2 is not '1 enrol",
        ),
        ("1 a.wav b.wav", ValueError, ":2 names 'a.wav', which is not like"),
    ],
)
def test_a_wrong_list_is_named_with_its_line(
    merged, tmp_path, line, error, message
):
    (merged / "veri_test2.txt").write_text(f"{TRIAL}\n{line}\n")
    with pytest.raises(error, match="veri_test2.txt" + message):
        prepare(merged, tmp_path)
    assert not (tmp_path / "train.csv").exists()


def test_a_list_that_is_not_there(merged, tmp_path):
    with pytest.raises(FileNotFoundError, match="list_test_hard2.txt"):
        prepare(merged, tmp_path, trials=["H"])
    with pytest.raises(FileNotFoundError, match="did you mean 'O_original'"):
        prepare(merged, tmp_path, trials="O_orignal")
    (merged / "empty.txt").touch()
    with pytest.raises(ValueError, match="lists no trial"):
        prepare(merged, tmp_path, trials=[merged / "empty.txt"])
    mine = tmp_path / "mine.txt"
    mine.write_text("1 id10001/1zcIwhmdeo4/00001.wav id10002/abcdefgh--_/1.wav")
    with pytest.raises(FileNotFoundError, match="mine.txt:1 names id10002"):
        prepare(merged, tmp_path, trials=[mine])


def test_validation_speakers_and_trial_utterances(merged, tmp_path):
    valid, test = tmp_path / "valid.csv", tmp_path / "test.csv"
    rows = prepare(
        merged,
        tmp_path,
        valid_csv=valid,
        validation_speakers=1,
        test_csv=test,
        chunk_seconds=0.05,
    )
    held = read_manifest(valid, data_root=merged)
    train = {row["spk_id"] for row in rows}
    assert len(train) == 2 and len({row["spk_id"] for row in held}) == 1
    assert train | {row["spk_id"] for row in held} == DEV.keys()
    # whole, and only what the list names
    assert ids(read_manifest(test, data_root=merged)) == [
        "id10270---jEAjG6Seg---00001",
        "id10270--x6uYqmx31kE--00001",
        "id10271--v--00001",
    ]


def test_chunks_cover_a_file_end_to_end(merged, tmp_path):
    rows = prepare(merged, tmp_path, chunk_seconds=0.05)  # 800 samples
    chunks = [row for row in rows if "--00002" in row["ID"]]
    assert [(r["start"], r["stop"]) for r in chunks] == [(0, 800), (800, 1767)]
    assert chunks[1]["ID"] == "id10001---a--bcdefgh--00002_800_1767"
    assert chunks[1]["duration"] == 967 / 16000
    rows = prepare(merged, tmp_path, chunk_seconds=10)
    assert [(row["start"], row["stop"]) for row in rows][:2] == [
        (0, 1607),
        (0, 1767),
    ]


def test_quiet_and_short_files_stay_unless_asked(merged, tmp_path, caplog):
    path = merged / "wav/id10002/abcdefgh--_/00001.wav"
    soundfile.write(path, np.full(1607, 1e-4), 16000, subtype="PCM_16")
    assert len(prepare(merged, tmp_path)) == 5
    with caplog.at_level(logging.WARNING):
        rows = prepare(merged, tmp_path, min_amplitude=5e-4)
    assert len(rows) == 4 and "1 chunks left out" in caplog.text
    rows = prepare(merged, tmp_path, min_seconds=1650 / 16000)
    assert ids(rows) == ["id10001---a--bcdefgh--00002"]
    assert "4 files left out" in caplog.text


def test_bad_audio_stops_or_is_left_out(merged, tmp_path, caplog):
    wav = merged / "wav"
    (wav / "id10001/-a--bcdefgh/00001.wav").write_bytes(b"")
    silence = np.full(100, np.nan)
    path = wav / "id10002/abcdefgh--_/00001.wav"
    soundfile.write(path, silence, 16000, subtype="FLOAT")
    with pytest.raises(ValueError) as error:
        prepare(merged, tmp_path)
    first, *lines = str(error.value).splitlines()
    assert first.startswith("2 of 5 utterances") and "skip" in first
    assert "/-a--bcdefgh/00001.wav: unreadable" in lines[0]
    assert "holds NaN" in lines[1]
    assert list(tmp_path.glob("train.csv*")) == []
    with caplog.at_level(logging.WARNING):
        rows = prepare(merged, tmp_path, on_bad_audio="skip")
    assert len(rows) == 3 and "2 of 5 utterances left out" in caplog.text
    # A trial without audio has no score
    (wav / "id10271/v/00001.wav").write_bytes(b"")
    with pytest.raises(ValueError, match="1 of 3 utterances have unusable"):
        prepare(
            merged,
            tmp_path,
            on_bad_audio="skip",
            test_csv=tmp_path / "test.csv",
        )


def test_options_are_checked(merged, tmp_path):
    for options, message in [
        ({"on_bad_audio": "ignore"}, "'stop' or 'skip', not 'ignore'"),
        ({"valid_csv": "valid.csv"}, "give both or neither"),
        ({"validation_speakers": 1}, "give both or neither"),
        ({"chunk_seconds": 0}, "chunk_seconds must be above 0"),
        ({"trials": [], "test_csv": "test.csv"}, "test_csv needs trials"),
        ({"validation_speakers": 3, "valid_csv": "v.csv"}, "3 held out"),
    ]:
        with pytest.raises(ValueError, match=message):
            prepare(merged, tmp_path, **options)


def test_the_csv_does_not_depend_on_threads_or_disk_order(
    merged, tmp_path, monkeypatch
):
    prepare(merged, tmp_path, jobs=1)
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
    prepare(merged, tmp_path, jobs=4)
    assert (tmp_path / "train.csv").read_bytes() == first


def test_a_second_call_does_nothing_unless_settings_changed(
    merged, tmp_path, monkeypatch
):
    prepare(merged, tmp_path)
    before = (tmp_path / "train.csv").stat()
    with monkeypatch.context() as patch:
        patch.setattr(recipe, "find_speakers", None)  # would fail
        prepare(merged, tmp_path)
        with pytest.raises(TypeError):
            prepare(merged, tmp_path, min_seconds=0.01)
    # Interrupted under new settings, the old CSV vouches for nothing
    prepare(merged, tmp_path)
    after = (tmp_path / "train.csv").stat()
    assert after.st_mtime_ns > before.st_mtime_ns
    record = json.loads((tmp_path / "train.csv.settings.json").read_text())
    assert record["trials"] == ["O"]


def test_skip_prep(merged, tmp_path):
    recipe.prepare_voxceleb(merged, tmp_path / "train.csv", skip_prep=True)
    assert not (tmp_path / "train.csv").exists()


def test_the_built_in_imitation(tmp_path):
    folder = write_voxceleb(
        str(tmp_path / "imitation"), speakers=6, utterances=1, jobs=1
    )
    test = tmp_path / "test.csv"
    rows = prepare(folder, tmp_path, test_csv=test)
    assert len(rows) == 4 * 2
    assert {row["spk_id"] for row in rows} == {
        f"id1000{k}" for k in range(1, 5)
    }
    names = set(ids(read_manifest(test, data_root=folder)))
    with open(Path(folder) / "veri_test2.txt") as lines:
        for _, *pair in csv.reader(lines, delimiter=" "):
            for path in pair:
                assert path.replace("/", "--").removesuffix(".wav") in names


def test_many_files_take_little_memory(tmp_path, monkeypatch):
    """The headers are stubbed: what is measured is what is kept per file."""
    import tracemalloc

    from sb_contrastive.data.audio_headers import Header

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
        recipe.prepare_voxceleb(root, root / "train.csv", trials=[], jobs=1)
        traced = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return traced

    peak(1)  # what is imported and cached once is not kept per file
    # The text of a row has 110 characters; rows as dicts take ten times that
    assert peak(4) - peak(2) < 2000 * 450
