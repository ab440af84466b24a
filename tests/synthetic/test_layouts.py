"""The writers write the same bytes each time, and never leave half a corpus."""

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from sb_contrastive.synthetic import (
    NOTICE_NAME,
    built_in_corpus,
    is_synthetic,
    layouts,
    write_iemocap,
    write_voxceleb,
)


def test_bytes_do_not_depend_on_the_number_of_processes(
    tree, tmp_path, voxceleb
):
    two = write_voxceleb(tmp_path / "two", speakers=6, utterances=2, jobs=2)
    assert tree(two) == tree(voxceleb)
    other = write_voxceleb(tmp_path / "o", 1, speakers=3, utterances=1, jobs=1)
    assert tree(other)["veri_test2.txt"] != tree(voxceleb)["veri_test2.txt"]


def test_two_processes_write_the_same_iemocap(tree, tmp_path, iemocap):
    two = write_iemocap(tmp_path / "two", utterances_per_speaker=5, jobs=2)
    assert tree(two) == tree(iemocap)


def test_notice_is_loud(iemocap, voxceleb):
    for folder, name in (iemocap, "IEMOCAP"), (voxceleb, "VoxCeleb"):
        assert is_synthetic(folder)
        first = (folder / NOTICE_NAME).read_text().splitlines()[0]
        assert first == f"*** SYNTHETIC SPEECH: THIS IS NOT {name} ***"


@pytest.mark.parametrize("writer", [write_iemocap, write_voxceleb])
def test_a_full_folder_is_refused(tmp_path, writer):
    (tmp_path / "mine.txt").write_text("keep me")
    with pytest.raises(ValueError, match="not empty"):
        writer(tmp_path)
    assert os.listdir(tmp_path) == ["mine.txt"]


def test_sizes_that_make_no_corpus_are_refused(tmp_path):
    with pytest.raises(ValueError, match="at least 4"):
        write_iemocap(tmp_path / "a", utterances_per_speaker=3)
    with pytest.raises(ValueError, match="2 or more"):
        write_voxceleb(tmp_path / "b", videos=1)
    with pytest.raises(ValueError, match="3 to 900"):
        write_voxceleb(tmp_path / "c", speakers=2)
    assert os.listdir(tmp_path) == []


def small(folder, seed=0):
    return write_voxceleb(folder, seed, speakers=3, utterances=1, jobs=1)


def test_the_cache_is_written_once(tmp_path, monkeypatch):
    monkeypatch.setitem(layouts.WRITERS, "voxceleb", small)
    folder = built_in_corpus("voxceleb", tmp_path / "cache")
    before = {p: p.stat().st_mtime_ns for p in Path(folder).rglob("*")}
    assert built_in_corpus("voxceleb", tmp_path / "cache") == folder
    assert before == {p: p.stat().st_mtime_ns for p in Path(folder).rglob("*")}
    other = built_in_corpus("voxceleb", tmp_path / "cache", seed=1)
    assert other != folder and len(os.listdir(tmp_path / "cache")) == 2
    monkeypatch.setattr(layouts, "CORPUS_VERSION", layouts.CORPUS_VERSION + 1)
    assert built_in_corpus("voxceleb", tmp_path / "cache") != folder


@pytest.mark.parametrize("error", [KeyboardInterrupt, OSError("disk full")])
def test_an_interruption_leaves_no_half_corpus(tmp_path, monkeypatch, error):
    def interrupted(folder, seed=0):
        small(os.path.join(folder, "part"), seed)
        raise error

    monkeypatch.setitem(layouts.WRITERS, "voxceleb", interrupted)
    with pytest.raises((KeyboardInterrupt, OSError)):
        built_in_corpus("voxceleb", tmp_path)
    assert os.listdir(tmp_path) == []
    monkeypatch.setitem(layouts.WRITERS, "voxceleb", small)
    assert is_synthetic(built_in_corpus("voxceleb", tmp_path))


def test_a_killed_write_is_not_taken_for_a_corpus(tree, tmp_path, monkeypatch):
    """As after a power cut: the unfinished folder is still there."""
    monkeypatch.setitem(layouts.WRITERS, "voxceleb", small)
    folder = Path(built_in_corpus("voxceleb", tmp_path / "a"))
    debris = tmp_path / "b" / f".{folder.name}.0123"
    os.makedirs(debris / "wav")
    again = built_in_corpus("voxceleb", tmp_path / "b")
    assert tree(again) == tree(folder)


def test_two_writers_at_once_agree(tmp_path, monkeypatch):
    monkeypatch.setitem(layouts.WRITERS, "voxceleb", small)
    with ThreadPoolExecutor(2) as pool:
        calls = [
            pool.submit(built_in_corpus, "voxceleb", tmp_path) for _ in "ab"
        ]
        first, second = [call.result() for call in calls]
    assert first == second and is_synthetic(first)
    assert os.listdir(tmp_path) == [os.path.basename(first)]


def test_a_foreign_folder_in_the_cache_is_not_swallowed(tmp_path, monkeypatch):
    monkeypatch.setitem(layouts.WRITERS, "voxceleb", small)
    folder = Path(built_in_corpus("voxceleb", tmp_path))
    (folder / NOTICE_NAME).unlink()  # a person tampered with it
    with pytest.raises(OSError):
        built_in_corpus("voxceleb", tmp_path)


def test_unknown_layout_names_the_nearest(tmp_path):
    with pytest.raises(ValueError, match="did you mean 'voxceleb'"):
        built_in_corpus("VoxCeleb1", tmp_path)
    with pytest.raises(ValueError, match="'iemocap'"):
        built_in_corpus("iemo-cap", tmp_path)
