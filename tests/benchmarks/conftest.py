"""Starts a benchmark as its docstring says."""

import importlib
import os
import runpy
import subprocess
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "benchmarks"


@pytest.fixture
def benchmark_script(forked, rendered, tmp_path, monkeypatch):
    """Return a function that runs a script of benchmarks/ with arguments, from
    a folder outside the repository, and returns the lines that it prints.

    It runs in a fork of the tests, which has loaded the libraries already, or
    in a process of its own (`fresh=True`). So do the functions that it runs
    alone, unless they are to start as they do for a user (`start`).
    """
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(FOLDER.parent))

    def run(script, *arguments, fresh=False, start="fork"):
        if fresh:
            command = [sys.executable, FOLDER / script, *map(str, arguments)]
            done = subprocess.run(
                command, capture_output=True, text=True, timeout=240
            )
            assert done.returncode == 0, done.stderr
            return done.stdout.splitlines()
        output = tmp_path / "printed.txt"

        def child():
            file = open(output, "w")
            os.dup2(file.fileno(), 1)  # also for processes that it starts
            sys.stdout = file
            # As Python starts a script: beside its own folder
            sys.path[:0] = [str((FOLDER / script).parent), str(FOLDER)]
            importlib.import_module("own_process").START = start
            sys.argv = [str(FOLDER / script), *map(str, arguments)]
            runpy.run_path(sys.argv[0], run_name="__main__")

        assert forked(child) == [0]
        return output.read_text().splitlines()

    return run
