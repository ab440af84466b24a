"""A wheel holds all that a clone has: experiments and recipes are found by name."""

import importlib.util
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PARTS = ("sb_contrastive", "hparams", "recipes", "tests/recipes")
NO_SOURCES = shutil.ignore_patterns("__pycache__", "results", "*.egg-info")

USE = """
from pathlib import Path
import sb_contrastive
from sb_contrastive.command_line import main
from sb_contrastive.experiment import Experiment
from sb_contrastive.study.plan import python

here = Path(sb_contrastive.__file__).parent
main(["train"])
main(["train", "dino_ser", "--help", "--encoder", "xvector"])
for name in ("dino_ser", "hparams/dino_ser.yaml"):
    experiment = Experiment(name, "encoder: xvector")
    assert experiment.hparams_file == here / "hparams/dino_ser.yaml"
    assert "XVector" in experiment.text or "xvector.yaml" in experiment.text
assert python(["train.py", "a.yaml"])[1:] == [
    "-m", "sb_contrastive", "train", "a.yaml"
]
main(["contribute", "checkout", "IEMOCAP", "ADReSS", "VoxCeleb"])
"""


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """A folder with the contents of a wheel."""
    for needed in ("setuptools", "wheel", "pip"):
        if importlib.util.find_spec(needed) is None:
            pytest.skip(f"a wheel is built with {needed}, which is not here")
    source = tmp_path_factory.mktemp("source")
    for name in PARTS:
        shutil.copytree(ROOT / name, source / name, ignore=NO_SOURCES)
    for name in ("setup.py", "pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source / name)
    made = subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "--no-deps", "--quiet"]
        + ["--no-build-isolation", "--no-index", "-w", "dist", "."],
        cwd=source,
        capture_output=True,
        text=True,
    )
    assert made.returncode == 0, made.stderr
    (wheel,) = (source / "dist").glob("*.whl")
    folder = tmp_path_factory.mktemp("site-packages")
    zipfile.ZipFile(wheel).extractall(folder)
    return folder


def files(folder):
    return {
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and not {"__pycache__", "results"} & {*path.parts}
    }


@pytest.mark.parametrize("name", ["hparams", "recipes", "tests/recipes"])
def test_nothing_is_left_behind(installed, name):
    ours = files(ROOT / name)
    if name == "tests/recipes":  # the tests themselves stay in the repository
        ours = {file for file in ours if not file.endswith(".py")}
    assert files(installed / "sb_contrastive" / name) == ours and ours


def test_modules_are_those_of_the_package(installed):
    inside = files(installed / "sb_contrastive")
    ours = files(ROOT / "sb_contrastive")
    assert ours <= inside
    assert {file.split("/")[0] for file in inside - ours} == {
        "hparams",
        "recipes",
        "tests",
    }


def test_it_works_by_names_from_any_folder(installed, tmp_path):
    for part in ("speechbrain", "recipes", "tests/recipes"):
        (tmp_path / "checkout" / part).mkdir(parents=True)
    used = subprocess.run(
        [sys.executable, "-c", USE],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(installed)},
        capture_output=True,
        text=True,
    )
    assert used.returncode == 0, used.stderr
    for said in (
        "dino_ser  ",
        "Values of the encoder xvector",
        "--embedding_dim 128",
        "recipes/VoxCeleb/self-supervised-learning/DINO/train.py",
    ):
        assert said in used.stdout
    copied = files(tmp_path / "checkout")
    assert "recipes/IEMOCAP/emotion_recognition/README.md" in copied
    assert "tests/recipes/ADReSS.csv" in copied
