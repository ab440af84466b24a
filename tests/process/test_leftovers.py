"""What killed processes have left is cleared; nothing else is."""

import os
import signal
import subprocess
import sys
import tempfile

import pytest

from sb_contrastive.export.atomic_folder import atomic_folder
from sb_contrastive.files import write_atomically
from sb_contrastive.process.leftovers import clear_leftovers, temporary_folder


@pytest.fixture(scope="module")
def dead():
    """ID of a process that has ended."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def test_what_was_cut_off_is_cleared_when_the_file_is_written(tmp_path, dead):
    mine = [".a.ckpt.backup", ".b.ckpt.1", ".a.ckpt.12x", "a.ckpt.1", ".a.ckpt"]
    alive = f".a.ckpt.{os.getppid()}"
    for name in (*mine, alive, f".a.ckpt.{dead}"):
        (tmp_path / name).write_text("half")
    write_atomically(tmp_path / "a.ckpt", lambda p: p.write_text("whole"))
    kept = {path.name for path in tmp_path.iterdir()}
    assert kept == {*mine, alive, "a.ckpt"}


def test_a_killed_writer_leaves_nothing_after_the_next(tmp_path, forked):
    def write(path):
        path.write_text("half")
        os.kill(os.getpid(), signal.SIGKILL)

    ended = forked(lambda: write_atomically(tmp_path / "a [1].csv", write))
    assert ended == [-signal.SIGKILL]
    assert len(list(tmp_path.iterdir())) == 1
    write_atomically(tmp_path / "a [1].csv", lambda p: p.write_text("whole"))
    assert [p.name for p in tmp_path.iterdir()] == ["a [1].csv"]


def test_folders_of_models_and_corpora(tmp_path, dead):
    for name in (f".model.{dead}.new", f".model.{dead}", ".model.mine"):
        (tmp_path / name).mkdir()
    clear_leftovers(tmp_path, "model")
    assert [p.name for p in tmp_path.iterdir()] == [".model.mine"]


def test_a_model_that_was_being_replaced_is_put_back(tmp_path, dead):
    old = tmp_path / f".model.{dead}.old"
    old.mkdir()
    (old / "embedding_model.ckpt").write_text("weights")
    with pytest.raises(KeyError):
        with atomic_folder(tmp_path / "model"):
            raise KeyError
    assert [p.name for p in tmp_path.iterdir()] == ["model"]
    assert (tmp_path / "model" / "embedding_model.ckpt").is_file()


def test_temporary_folders_of_the_dead(tmp_path, dead, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    (tmp_path / f"sb_contrastive-{dead}-abc").mkdir()
    (tmp_path / f"sb_contrastive-{os.getppid()}-abc").mkdir()
    (tmp_path / "sb_contrastive-notes-1").mkdir()
    with temporary_folder() as folder:
        assert os.path.dirname(folder) == str(tmp_path)
        assert len(list(tmp_path.iterdir())) == 3
    kept = {path.name for path in tmp_path.iterdir()}
    assert kept == {
        f"sb_contrastive-{os.getppid()}-abc",
        "sb_contrastive-notes-1",
    }
