"""Runs a recipe of a table."""

import logging
import re
import runpy
import shlex
import sys
from pathlib import Path

import pytest
import speechbrain.utils.logger

ROOT = Path(__file__).parents[2]


@pytest.fixture
def run_recipe(monkeypatch):
    """Runs a row of a table as SpeechBrain's tests of recipes do, with other
    folders than its flags name, and looks for the files that it promises."""
    root = logging.getLogger()
    before = root.handlers[:], root.level
    # pip freeze, which would take longer than the recipe
    monkeypatch.setattr(
        speechbrain.utils.logger, "get_environment_description", lambda: ""
    )
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    loaded = set()

    def start(row, folders, output, *more):
        script = ROOT / row["Script_file"]
        flags = row["test_debug_flags"]
        for name, folder in folders.items():
            flags = re.sub(rf"{name}(?=[/\s]|$)", str(folder), flags)
        assert "tests/tmp" not in flags
        given = [script, ROOT / row["Hparam_file"], *shlex.split(flags)]
        given += [f"--output_folder={output}", *more]
        monkeypatch.setattr(sys, "argv", [str(text) for text in given])
        monkeypatch.syspath_prepend(script.parent)
        loaded.add(Path(row["Data_prep_file"]).stem)
        runpy.run_path(str(script), run_name="__main__")
        checks = re.fullmatch(r"file_exists=\[(.*)\]", row["test_debug_checks"])
        for name in checks[1].split(","):
            assert (output / name).is_file(), name

    yield start
    for name in loaded:
        sys.modules.pop(name, None)
    for handler in root.handlers:
        if handler not in before[0]:
            handler.close()
    root.handlers[:], root.level = before
