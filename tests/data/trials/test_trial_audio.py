"""Names in a trial list lead to the right file, row and speaker."""

import pytest

from sb_contrastive.data.manifests.folder_scan import scan_folder
from sb_contrastive.data.manifests.manifest import read_manifest
from sb_contrastive.data.manifests.source import SOURCE
from sb_contrastive.data.trials.trial_audio import trial_rows, trial_speakers
from sb_contrastive.data.trials.trial_list import read_trials

LIST = "1 ann/1.wav ann/2.wav\n0 ann/1.wav bob/1.wav\n"


@pytest.fixture
def trials(tmp_path):
    path = tmp_path / "trials.txt"
    path.write_text(LIST)
    return read_trials(path)


@pytest.fixture
def folder(tmp_path, write_audio):
    """A folder `wav` with the files of the list, and one more."""
    for name in ("ann/1", "ann/2", "bob/1", "bob/2"):
        write_audio(tmp_path / "wav" / f"{name}.wav")
    return tmp_path / "wav"


@pytest.fixture
def rows():
    """Rows of the same files, in another order."""
    names = ["bob/2", "bob/1", "ann/2", "ann/1"]
    return [
        {
            "ID": name.replace("/", "--"),
            "wav": f"/corpus/wav/{name}.wav",
            "spk_id": f"speaker {name[:3]}",
            SOURCE: f"mine.csv:{i}",
        }
        for i, name in enumerate(names, start=2)
    ]


def test_rows_by_the_end_of_their_path(trials, rows):
    found = trial_rows(trials, rows)
    assert [row[SOURCE] for row in found] == [
        "mine.csv:5",
        "mine.csv:4",
        "mine.csv:3",
    ]
    assert trial_speakers(trials, found) == [
        "speaker ann",
        "speaker ann",
        "speaker bob",
    ]


def test_rows_by_id(tmp_path, rows):
    path = tmp_path / "kaldi"
    path.write_text("ann--1 ann--2 target\nbob--1 wav/ann/2.wav nontarget\n")
    found = trial_rows(read_trials(path), rows)
    assert [row["ID"] for row in found] == [
        "ann--1",
        "ann--2",
        "bob--1",
        "ann--2",
    ]


def test_files_of_a_folder(trials, folder):
    found = trial_rows(trials, folder=folder)
    assert [row["wav"] for row in found] == [
        (folder / name).as_posix() for name in trials.files
    ]
    assert [row["ID"] for row in found] == ["ann--1", "ann--2", "bob--1"]
    assert {(row["start"], row["stop"]) for row in found} == {(0, 800)}
    assert trial_speakers(trials, found) == ["ann", "ann", "bob"]


def test_names_without_or_with_another_suffix(tmp_path, folder, write_audio):
    (folder / "bob/1.wav").unlink()
    write_audio(folder / "bob/1.flac")
    path = tmp_path / "kaldi"
    path.write_text("ann/1 ann/2 target\nann/1 bob/1.wav nontarget\n")
    trials = read_trials(path)
    expected = [
        (folder / f"{n}").as_posix()
        for n in ("ann/1.wav", "ann/2.wav", "bob/1.flac")
    ]
    by_folder = trial_rows(trials, folder=folder)
    assert [row["wav"] for row in by_folder] == expected
    assert [row["ID"] for row in by_folder] == ["ann--1", "ann--2", "bob--1"]
    by_rows = trial_rows(trials, scan_folder(folder))
    assert [row["wav"] for row in by_rows] == expected
    write_audio(folder / "ann/2.flac")
    with pytest.raises(ValueError, match="ann/2, which stands for 2 manifest"):
        trial_rows(trials, scan_folder(folder))


def test_models_are_of_the_speaker_of_their_files(tmp_path, folder):
    path = tmp_path / "trials.lst"
    path.write_text("m-ann ann/2.wav 1\nm-ann bob/1.wav 0\n")
    (tmp_path / "enroll.map").write_text("m-ann ann/1.wav ann/2.wav\n")
    trials = read_trials(path)
    rows = trial_rows(trials, folder=folder)
    assert [row["ID"] for row in rows] == ["ann--1", "ann--2", "bob--1"]
    assert trial_speakers(trials, rows) == ["ann", "ann", "bob"]
    known = [{**row, "spk_id": row["ID"][:3]} for row in rows]
    assert trial_speakers(trials, known) == ["ann", "ann", "bob"]
    (tmp_path / "enroll.map").write_text("m-ann ann/1.wav ann/9.wav\n")
    absent = r"enroll.map \(model m-ann\) names ann/9.wav, but there is no 9"
    with pytest.raises(FileNotFoundError, match=absent):
        trial_rows(read_trials(path), folder=folder)
    with pytest.raises(FileNotFoundError, match=r"\(model m-ann\) names ann/9"):
        trial_rows(read_trials(path), known)


def test_a_model_without_a_line_in_the_list_of_models(tmp_path, folder, rows):
    path = tmp_path / "trials.lst"
    path.write_text("m-ann ann/2.wav 1\nm-bob ann/2.wav 0\n")
    (tmp_path / "enroll.map").write_text("m-ann ann/1.wav\n")
    words = "lst:2 names m-bob, .*add a line with its files to .*enroll.map"
    for given in ({"rows": rows}, {"folder": folder}):
        with pytest.raises(FileNotFoundError, match=words):
            trial_rows(read_trials(path), **given)
    # A file of the other side is no model
    path.write_text("m-ann ann/1.wav 1\nm-ann ann/7.wav 0\n")
    with pytest.raises(FileNotFoundError) as raised:
        trial_rows(read_trials(path), folder=folder)
    assert "a line with its files" not in str(raised.value)


def test_the_folder_fills_in_for_the_rows(trials, folder, rows):
    found = trial_rows(trials, rows[:3], folder)
    assert [row.get(SOURCE) for row in found][1:] == [
        "mine.csv:4",
        "mine.csv:3",
    ]
    assert found[0]["wav"] == (folder / "ann/1.wav").as_posix()


def test_folders_that_are_no_speakers_are_not_taken_for_them(
    tmp_path, write_audio
):
    for name in ("day1/1", "day1/2", "day2/1"):
        write_audio(tmp_path / f"{name}.wav")
    path = tmp_path / "trials.txt"
    path.write_text("0 day1/1.wav day1/2.wav\n1 day1/1.wav day2/1.wav\n")
    trials = read_trials(path)
    found = trial_rows(trials, folder=tmp_path)
    assert trial_speakers(trials, found) is None
    flat = trials._replace(files=["1.wav", "2.wav", "3.wav"])
    assert trial_speakers(flat, found) is None


def test_a_name_that_no_row_has(trials, rows):
    rows[1]["wav"] = "/corpus/wav/bob/10.wav"
    rows[1]["ID"] = "bob--10"
    with pytest.raises(
        FileNotFoundError,
        match="trials.txt:2 names bob/1.wav, which is neither.*"
        "give a --manifest that has it, or --trials_folder.*did you mean 'bob/10.wav'",
    ):
        trial_rows(trials, rows)
    with pytest.raises(FileNotFoundError, match="one of 2 names"):
        trial_rows(trials, rows[:3])


def test_a_file_that_is_missing(trials, folder):
    (folder / "bob/1.wav").rename(folder / "bob/01.wav")
    with pytest.raises(
        FileNotFoundError,
        match="trials.txt:2 names bob/1.wav, but there is no 1.wav in .*bob; "
        "give --trials_folder, .*; did you mean '01.wav'",
    ):
        trial_rows(trials, folder=folder)
    (folder / "ann").rename(folder / "anna")
    with pytest.raises(
        FileNotFoundError,
        match="trials.txt:1 names ann/1.wav, one of 3 names.* no ann in .*wav; "
        "give --trials_folder, .*; did you mean 'anna'",
    ):
        trial_rows(trials, folder=folder)


def test_other_mistakes(trials, folder, rows):
    with pytest.raises(ValueError, match="need manifest rows or a folder"):
        trial_rows(trials)
    with pytest.raises(FileNotFoundError, match="no folder .*nowhere"):
        trial_rows(trials, folder=folder / "nowhere")
    with pytest.raises(
        ValueError,
        match="trials.txt:2 names bob/1.wav, which stands for 2 manifest rows,"
        " such as mine.csv:3 and again.csv:2",
    ):
        again = {**rows[1], SOURCE: "again.csv:2", "wav": "/x/bob/1.wav"}
        trial_rows(trials, [*rows, again])
    (folder / "ann/2.wav").write_bytes(b"no audio")
    with pytest.raises(ValueError, match="trials.txt:1 names .*unreadable"):
        trial_rows(trials, folder=folder)


@pytest.mark.parametrize(
    "corpus, speakers",
    [("arabic_speech_commands", 6), ("librispeech_excerpt", 10)],
)
def test_real_lists(corpora, corpus, speakers):
    folder = corpora / corpus
    if not folder.is_dir():
        pytest.skip(f"there is no {folder}")
    trials = read_trials(folder / "trials_test.txt")
    by_folder = trial_rows(trials, folder=folder / "flac")
    by_manifest = trial_rows(trials, read_manifest(folder / "metadata.csv"))
    assert [r["wav"] for r in by_folder] == [r["wav"] for r in by_manifest]
    for rows in (by_folder, by_manifest):
        names = trial_speakers(trials, rows)
        assert len(set(names)) == speakers
        same = [names[a] == names[b] for a, b in zip(trials.enrol, trials.test)]
        assert same == trials.labels.tolist()
