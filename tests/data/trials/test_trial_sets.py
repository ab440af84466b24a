"""Trial sets join lists with rows and speakers; shared files are checked once."""

import pytest

from sb_contrastive.data.trials.trial_sets import (
    find_trial_sets,
    list_names,
    trial_set,
)

PAIRS = "1 ann/1.wav ann/2.wav\n0 ann/1.wav bob/1.wav\n"


@pytest.fixture
def lists(tmp_path):
    """Two lists that share files."""
    texts = {
        "one": PAIRS,
        "two": "1 ann/2.wav ann/1.wav\n0 bob/1.wav ann/1.wav\n",
    }
    for name, text in texts.items():
        (tmp_path / f"{name}.txt").write_text(text)
    return {name: tmp_path / f"{name}.txt" for name in texts}


@pytest.fixture
def rows():
    return [
        {"ID": f"id{i}", "wav": f"/wav/{name}.wav", "start": 0, "stop": 10}
        for i, name in enumerate(["bob/1", "ann/2", "ann/1"])
    ]


def test_rows_and_speakers_are_those_of_the_files(lists, rows):
    sets = find_trial_sets(lists, rows)
    assert [row["ID"] for row in sets["one"].rows] == ["id2", "id1", "id0"]
    assert [row["ID"] for row in sets["two"].rows] == ["id1", "id2", "id0"]
    assert sets["two"].speakers == ["ann", "ann", "bob"]
    again = trial_set(sets["one"].trials, sets["one"].rows)
    assert again == sets["one"]


def test_each_file_is_checked_once_and_its_row_is_replaced(lists, rows):
    asked = []

    def check(given):
        asked.append([row["wav"] for row in given])
        assert len({row["ID"] for row in given}) == len(given)
        return [{**row, "stop": 5} for row in given]

    sets = find_trial_sets(lists, rows, check=check)
    assert asked == [["/wav/ann/1.wav", "/wav/ann/2.wav", "/wav/bob/1.wav"]]
    for found in sets.values():
        assert {row["stop"] for row in found.rows} == {5}
    assert [row["wav"] for row in sets["two"].rows] == [
        "/wav/ann/2.wav",
        "/wav/ann/1.wav",
        "/wav/bob/1.wav",
    ]


def test_files_are_beside_the_list_without_rows_and_folder(
    tmp_path, write_audio
):
    lists = {}
    for name in ("here", "there"):
        for file in ("ann/1", "ann/2", "bob/1"):
            write_audio(tmp_path / name / f"{file}.wav")
        lists[name] = tmp_path / name / "trials.txt"
        lists[name].write_text(PAIRS)
    # One name stands for two files, and both are kept apart
    sets = find_trial_sets(lists, check=lambda rows: rows)
    for name, found in sets.items():
        expected = [
            (tmp_path / name / file).as_posix() for file in found.trials.files
        ]
        assert [row["wav"] for row in found.rows] == expected


def test_names_of_lists(tmp_path):
    paths = ["a/trials.txt", "b/trials.txt", "b/hard.txt"]
    assert [str(p) for p in list_names(paths).values()] == paths
    with pytest.raises(ValueError, match="have the same name.*rename one"):
        list_names(["a/trials.txt", "a/trials.txt"])
