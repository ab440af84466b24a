"""Two runs do not share an output folder, whatever became of the first."""

import multiprocessing
import os
import signal
import sys
import time

import pytest

from sb_contrastive.experiment.provenance import lock
from sb_contrastive.experiment.provenance.lock import locked
from sb_contrastive.files import DiskError
from sb_contrastive.study.execution import _Children

# A fork, where there is one, need not load the libraries anew
FORK = multiprocessing.get_context("fork" if hasattr(os, "fork") else None)


def hold(folder, held):
    with locked(folder):
        held.set()
        time.sleep(60)


@pytest.fixture
def holder(tmp_path):
    """Another process that has the folder."""
    held = FORK.Event()
    process = FORK.Process(target=hold, args=(tmp_path, held), daemon=True)
    process.start()
    assert held.wait(60)
    yield process
    process.kill()
    process.join()


def test_a_second_run_is_refused_with_a_sentence(holder, tmp_path):
    said = rf"process {holder.pid}\) is at work in .*--output_folder"
    with pytest.raises(RuntimeError, match=said):
        with locked(tmp_path, patience=0):
            pass


def test_a_killed_run_holds_nothing(holder, tmp_path):
    os.kill(holder.pid, signal.SIGKILL)
    with locked(tmp_path):
        assert (tmp_path / ".lock").read_text() == str(os.getpid())


def test_another_folder_is_free(holder, tmp_path):
    with locked(tmp_path / "other", patience=0):
        pass


def test_the_folder_is_free_after_an_error(tmp_path):
    for _ in range(2):
        with pytest.raises(KeyError):
            with locked(tmp_path, patience=0):
                raise KeyError


def test_a_full_disk_is_told_before_anything_runs(tmp_path, monkeypatch):
    monkeypatch.setattr(lock, "LEAST_FREE", 2**70)
    with pytest.raises(DiskError, match="MB are free for"):
        with locked(tmp_path):
            pass


def study(run, told):
    with _Children() as children:
        children.run([sys.executable, run, told], None, dict(os.environ))


def test_runs_of_a_study_end_with_it(tmp_path):
    run = tmp_path / "run.py"
    run.write_text(
        "import os, time, sys\nopen(sys.argv[1], 'w').write(str(os.getpid()))\ntime.sleep(60)\n"
    )
    told = tmp_path / "pid"
    process = FORK.Process(target=study, args=(run, told), daemon=True)
    process.start()
    until = time.monotonic() + 60
    while not (told.is_file() and told.read_text()):
        assert time.monotonic() < until
        time.sleep(0.1)
    child = int(told.read_text())
    process.kill()
    process.join()
    while _runs(child):
        assert time.monotonic() < until
        time.sleep(0.1)


def _runs(process):
    try:
        with open(f"/proc/{process}/stat") as file:
            return file.read().split(")")[1].split()[0] != "Z"
    except OSError:
        return False
