"""The package and its experiments need nothing from `recipes/`, which go to SpeechBrain by themselves."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def imported(path):
    """Names of the modules that a file imports, at its top or within functions."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module


def test_no_module_imports_a_recipe():
    modules = [ROOT / "train.py", *(ROOT / "sb_contrastive").rglob("*.py")]
    roots = {name.split(".")[0] for path in modules for name in imported(path)}
    assert "sb_contrastive" in roots and "recipes" not in roots


@pytest.mark.parametrize(
    "path",
    sorted((ROOT / "hparams").rglob("*.yaml")),
    ids=lambda path: path.relative_to(ROOT).as_posix(),
)
def test_no_experiment_names_a_recipe(path):
    tags = re.findall(r"!\w+:([\w.]+)", path.read_text(encoding="utf-8"))
    assert "recipes" not in {name.split(".")[0] for name in tags}
