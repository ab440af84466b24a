"""Files are whole or absent."""

import errno

import pytest

from sb_contrastive.files import DiskError, write_atomically


def test_content_arrives_and_folders_are_made(tmp_path):
    path = tmp_path / "deep" / "a.txt"
    write_atomically(path, lambda p: p.write_text("whole"))
    assert path.read_text() == "whole"
    assert [p.name for p in path.parent.iterdir()] == ["a.txt"]


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("old")

    def fail(temporary):
        temporary.write_text("half")
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        write_atomically(path, fail)
    assert path.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["a.txt"]


def test_a_full_disk_names_the_file(tmp_path):
    def write(path):
        path.write_text("half")
        raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(DiskError, match=f"cannot write {tmp_path}/a.txt"):
        write_atomically(tmp_path / "a.txt", write)
    assert not [*tmp_path.iterdir()]


def test_other_errors_stay_themselves(tmp_path):
    def write(path):
        raise error

    for error in (OSError(errno.EACCES, "Denied"), RuntimeError("my own")):
        with pytest.raises(type(error)) as raised:
            write_atomically(tmp_path / "a.txt", write)
        assert raised.value is error
