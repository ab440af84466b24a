"""The rules that SpeechBrain's own checks hold every recipe to, over all of ours: tables, files, links, keys, docstrings, YAMLs that load."""

import ast
import csv
import re
from pathlib import Path

import pytest
from hyperpyyaml import load_hyperpyyaml
from speechbrain.utils.run_opts import RunOptions

from sb_contrastive.command_line.recipe_files import (
    LINK,
    recipe_files,
    setup_script,
)
from sb_contrastive.command_line.recipe_readme import END, MARK
from sb_contrastive.command_line.recipe_table import read_tables, table_of

ROOT = Path(__file__).parents[2]
ROWS = read_tables(ROOT)
COLUMNS = (
    "Task,Dataset,Script_file,Hparam_file,Data_prep_file,Readme_file,"
    "Result_url,HF_repo,test_debug_flags,test_debug_checks,performance"
).split(",")
each_recipe = pytest.mark.parametrize(
    "row", ROWS, ids=lambda row: "-".join(Path(row["Hparam_file"]).parts[-3:])
)
each_script = pytest.mark.parametrize(
    "script",
    sorted({row["Script_file"] for row in ROWS}),
    ids=lambda name: Path(name).parent.name,
)


def read(name):
    return (ROOT / name).read_text(encoding="utf-8")


def yaml_keys(text):
    """{top-level key: number of its line}"""
    found = {}
    for number, line in enumerate(text.splitlines()):
        match = re.match(r"([A-Za-z0-9]\w*):", line)
        if match:
            found[match[1]] = number
    return found


def public_definitions(path):
    """Classes, functions and methods whose name does not begin with "_"."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    kinds = (ast.ClassDef, ast.FunctionDef)
    for node in tree.body:
        if isinstance(node, kinds) and not node.name.startswith("_"):
            yield node
            for inner in getattr(node, "body", []):
                if isinstance(node, ast.ClassDef) and isinstance(inner, kinds):
                    if not inner.name.startswith("_"):
                        yield inner


def is_overload(node):
    """Tell whether a definition is one more signature of the next."""
    names = [getattr(d, "id", None) for d in node.decorator_list]
    return "overload" in names


def test_every_yaml_is_in_a_table():
    there = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "recipes").rglob("*.yaml")
        if not {"models", "results", "pretrained_models"} & set(path.parts)
    }
    assert there == {row["Hparam_file"] for row in ROWS}


def test_every_table_has_the_columns_and_recipes_of_its_corpus():
    for path in (ROOT / "tests/recipes").glob("*.csv"):
        with open(path, newline="", encoding="utf-8") as file:
            reader = csv.DictReader(file)
            assert reader.fieldnames == COLUMNS
            for row in reader:
                assert table_of(row) == f"tests/recipes/{path.name}"
                assert row["Dataset"] == path.stem


@each_recipe
def test_the_files_of_a_row_are_there(row):
    # It raises on what is missing, and on links that lead out of the recipe
    names = recipe_files(ROOT, row)
    assert any(name.endswith("extra_requirements.txt") for name in names)
    requirements = read(
        next(n for n in names if n.endswith("extra_requirements.txt"))
    )
    assert "sb_contrastive" in requirements
    assert row["test_debug_flags"] and row["Data_prep_file"]


@each_recipe
def test_the_set_up_of_a_test_writes_what_its_flags_name(row):
    script = ROOT / setup_script(row)
    assert script.stat().st_mode & 0o111, "it is run as a program"
    folders = set(re.findall(r"tests/tmp/\w+", row["test_debug_flags"]))
    assert folders
    for folder in folders:
        assert f'("{folder}"' in script.read_text(encoding="utf-8")


@each_recipe
def test_the_readme_names_the_recipe_and_its_links(row):
    readme = read(row["Readme_file"])
    for column in ("Result_url", "HF_repo"):
        assert row[column] in readme
    recipe = Path(row["Hparam_file"]).relative_to(
        Path(row["Readme_file"]).parent
    )
    assert recipe.name in readme and recipe.parts[0] in readme


each_page = pytest.mark.parametrize(
    "path",
    [
        ROOT / "README.md",
        *ROOT.glob("docs/*.md"),
        *ROOT.glob("recipes/**/*.md"),
    ],
    ids=lambda path: path.relative_to(ROOT).as_posix(),
)


@each_page
def test_links_between_pages_lead_somewhere(path):
    for link in LINK.findall(path.read_text(encoding="utf-8")):
        assert (path.parent / link).exists(), link


@each_page
def test_no_page_has_marks_of_a_merge(path):
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"^(<{7}|={7}|>{7})( |$)", text, re.MULTILINE)


@pytest.mark.parametrize(
    "path",
    ROOT.glob("recipes/*/*/README.md"),
    ids=lambda path: path.parent.name,
)
def test_each_part_about_some_recipes_ends_before_the_next_begins(path):
    lines = path.read_text(encoding="utf-8").split("\n")
    marks = [n for n in lines if MARK.fullmatch(n) or n == END]
    assert marks[1::2] == [END] * (len(marks) // 2)
    assert END not in marks[::2] and len(marks) % 2 == 0


@each_recipe
def test_every_key_of_the_yaml_is_used(row):
    text, script = read(row["Hparam_file"]), read(row["Script_file"])
    lines, options = text.splitlines(), RunOptions().as_dict()
    for key, number in yaml_keys(text).items():
        later = "\n".join(line.split("#")[0] for line in lines[number + 1 :])
        used = (
            re.search(rf"!ref.*<{key}[\[>]", later)
            or key in options
            or f'["{key}"]' in script
        )
        assert used, f"{key} of {row['Hparam_file']} has no part in anything"


@each_recipe
def test_every_key_that_the_script_uses_is_in_the_yaml(row):
    asked = set(re.findall(r'hparams\["(\w+)"\]', read(row["Script_file"])))
    assert asked and asked <= yaml_keys(read(row["Hparam_file"])).keys()


@each_recipe
def test_every_flag_of_the_table_is_a_key_of_the_yaml(row):
    given = re.findall(r"--(\w+)=", row["test_debug_flags"])
    assert set(given) <= yaml_keys(read(row["Hparam_file"])).keys()


@each_recipe
def test_placeholders_are_those_that_checks_fill(row):
    text = read(row["Hparam_file"])
    found = set(re.findall(r"^(\w+): !PLACEHOLDER", text, re.MULTILINE))
    assert found <= {"data_folder", "wav2vec2_hub", "wav2vec2_folder"}


@each_recipe
def test_the_yaml_loads_and_begins_with_a_seed(
    row, tmp_path, hugging_face_model
):
    # With the sizes of its test: paper-sized networks take seconds to build
    flags = dict(re.findall(r"--(\w+)=(\S+)", row["test_debug_flags"]))
    flags |= {"data_folder": tmp_path, "output_folder": tmp_path}
    if "wav2vec2_hub" in flags:
        family = Path(flags["wav2vec2_hub"]).name
        flags["wav2vec2_hub"] = hugging_face_model(family)
    overrides = "\n".join(f"{key}: {value}" for key, value in flags.items())
    text = read(row["Hparam_file"])
    with open(ROOT / row["Hparam_file"], encoding="utf-8") as file:
        hparams = load_hyperpyyaml(file, overrides)
    assert {"modules", "checkpointer", "epoch_counter"} <= hparams.keys()
    assert text.index("__set_seed: !apply:") < text.index("!new:")
    assert re.search(r"^# *Authors: ", text, re.MULTILINE)


@each_script
def test_a_script_says_what_it_is_and_how_to_run_it(script):
    said = ast.get_docstring(ast.parse(read(script)))
    assert "To run this recipe" in said and "Authors" in said
    assert "https://" in said  # the paper
    (command,) = re.findall(r"> python (\S+) (\S+)", said)
    for name in command:
        assert (
            (ROOT / script).with_name("hparams").parent.joinpath(name).is_file()
        )
    assert read(script).startswith("#!/usr/bin/env python3")


def test_all_that_is_public_has_a_docstring():
    lacking = []
    for path in [
        *(ROOT / "sb_contrastive").rglob("*.py"),
        *(ROOT / "recipes").rglob("*.py"),
    ]:
        assert ast.get_docstring(ast.parse(path.read_text("utf-8"))), path
        lacking += [
            f"{path.relative_to(ROOT)}:{node.lineno} {node.name}"
            for node in public_definitions(path)
            if not (ast.get_docstring(node) or is_overload(node))
        ]
    # SpeechBrain's check leaves methods out, and forward() is told by its class
    assert not [line for line in lacking if not line.endswith(" forward")]
