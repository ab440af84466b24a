"""A contribution is complete, and changes nothing of the checkout but what it adds."""

import csv
import re
from pathlib import Path, PurePosixPath

import pytest

from sb_contrastive.command_line import main
from sb_contrastive.command_line.contribute import contribute
from sb_contrastive.command_line.recipe_files import (
    recipe_files,
    setup_script,
)
from sb_contrastive.command_line.recipe_readme import MARK, readme_for
from sb_contrastive.command_line.recipe_table import read_tables

ROOT = Path(__file__).parents[2]
SSL = "VoxCeleb/self-supervised-learning"
ROWS = read_tables(ROOT)
TABLE = "tests/recipes/VoxCeleb.csv"
THEIRS = (
    "Task,Dataset,Script_file,Hparam_file,Data_prep_file,Readme_file,"
    "Result_url,HF_repo,test_debug_flags,test_debug_checks,performance,"
    "test_message\r\n"
    'Speaker,VoxCeleb,a.py,b.yaml,c.py,d.md,,,"--x=1, 2",,EER=0.80%,odd\r\n'
)


@pytest.fixture
def checkout(tmp_path):
    """As much of SpeechBrain as has a part in this."""
    for part in ("speechbrain", "recipes/VoxCeleb", "tests/recipes"):
        (tmp_path / part).mkdir(parents=True)
    # Theirs has the name of ours, and another content
    (tmp_path / "recipes/VoxCeleb/voxceleb_prepare.py").write_text("theirs")
    (tmp_path / TABLE).write_bytes(THEIRS.encode().removesuffix(b"\r\n"))
    return tmp_path


def files(folder):
    return {
        p.relative_to(folder).as_posix(): p.read_bytes()
        for p in folder.rglob("*")
        if p.is_file()
    }


def test_a_recipe_arrives_with_all_it_needs(checkout):
    before = files(checkout)
    done = contribute(checkout, [f"{SSL}/DINO"])
    after = files(checkout)
    new = after.keys() - before.keys()
    assert new | {TABLE} == {path.as_posix() for path in done}
    for row in read_tables(checkout)[1:]:
        assert {name for name in recipe_files(ROOT, row)} <= new
        assert recipe_files(checkout, row)
    assert {name.split("/")[3] for name in new if "hparams/" in name} == {
        "DINO"
    }
    prepare = f"recipes/{SSL}/DINO/voxceleb_prepare.py"
    assert after[prepare] == (ROOT / prepare).read_bytes()
    assert not (checkout / prepare).is_symlink()
    assert f"recipes/{SSL}/extra_requirements.txt" in new
    unchanged = before.keys() - {TABLE}
    assert all(after[name] == before[name] for name in unchanged)


def test_their_table_keeps_its_lines_to_the_letter(checkout):
    yaml = f"{SSL}/DINO/hparams/ecapa.yaml"
    for _ in range(2):  # the second time nothing comes twice
        contribute(checkout, [yaml])
    text = (checkout / TABLE).read_bytes().decode()
    assert text.startswith(THEIRS) and text.count("\r\n") == 3
    rows = list(csv.DictReader(text.splitlines()))
    assert [row["Hparam_file"] for row in rows] == [
        "b.yaml",
        f"recipes/{yaml}",
    ]
    assert rows[1]["test_message"] == "" and rows[1]["test_debug_flags"]
    contribute(checkout, [f"recipes/{SSL}/MoCo/"])
    assert len(read_tables(checkout)) == 4


def test_a_corpus_that_is_new_gets_a_table(checkout):
    (checkout / TABLE).unlink()
    contribute(checkout, [f"{SSL}/SimCLR"])
    assert (checkout / TABLE).read_text().splitlines()[0] == (
        (ROOT / TABLE).read_text().splitlines()[0]
    )
    own = [r for r in ROWS if r["Hparam_file"].split("/")[3] == "SimCLR"]
    assert own and read_tables(checkout) == own


def test_what_differs_is_replaced_only_when_asked(checkout, capsys):
    contribute(checkout, [f"{SSL}/DINO"])
    readme = checkout / "recipes" / SSL / "README.md"
    readme.write_text("edited there")
    before = files(checkout)
    with pytest.raises(SystemExit):
        main(["contribute", str(checkout), f"{SSL}/MoCo"])
    assert "README.md: look at them" in capsys.readouterr().err
    assert files(checkout) == before
    main(["contribute", str(checkout), f"{SSL}/MoCo", "--replace"])
    assert "MoCo/train.py" in capsys.readouterr().out
    own = [
        r
        for r in read_tables(ROOT)
        if r["Hparam_file"].split("/")[3] in ("DINO", "MoCo")
    ]
    ours = (ROOT / "recipes" / SSL / "README.md").read_text()
    assert readme.read_text() == readme_for(ours, own)
    main(["contribute", str(checkout), f"{SSL}/MoCo"])
    assert "nothing to copy" in capsys.readouterr().out


def test_a_readme_tells_of_what_is_contributed_only(checkout):
    readme = checkout / "recipes" / SSL / "README.md"
    contribute(checkout, [f"{SSL}/DINO/hparams/ecapa.yaml"])
    text = readme.read_text()
    assert "`DINO/hparams/ecapa.yaml`" in text and "WeSpeaker" in text
    for other in ("SimCLR", "MoCo", "wavlm", "cho2022.yaml", "odyssey", "<!--"):
        assert other not in text
    # One more joins it, and nothing of what was left there was edited
    contribute(checkout, [f"{SSL}/MoCo"])
    text = readme.read_text()
    assert "MoCo/hparams/odyssey2024.yaml" in text and "SimCLR" not in text
    assert "`DINO/hparams/ecapa.yaml`" in text and "wavlm" not in text


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["Hparam_file"])
def test_a_readme_of_one_recipe_names_no_other(row):
    recipe = PurePosixPath(row["Hparam_file"])
    text = readme_for((ROOT / row["Readme_file"]).read_text(), [row])
    assert re.findall(r"`?(\w+/hparams/\w+\.yaml)", text)
    named = {*re.findall(r"(\w+)\.yaml", text)} - {"RECIPE", "dino_ad"}
    assert named == {recipe.stem}
    assert "<!--" not in text and "\n\n\n" not in text
    assert not re.search(r"\|---\|\n\n", text)  # a table without rows


def test_each_mark_names_a_recipe():
    known = set()
    for row in ROWS:
        recipe = PurePosixPath(row["Hparam_file"])
        method = recipe.parts[3]
        known |= {method, f"{method}/{recipe.stem}"}
    for name in {row["Readme_file"] for row in ROWS}:
        text = (ROOT / name).read_text()
        marks = [n for m in MARK.findall(text) for n in m.split(", ")]
        assert marks and set(marks) <= known


@pytest.fixture
def repository(tmp_path):
    """A repository with one recipe, to be broken."""
    root = tmp_path / "ours"
    contents = {
        "recipes/A/train.py": "pass",
        "recipes/A/hparams/x.yaml": "encoder: !include:models/e.yaml",
        "recipes/A/hparams/models/e.yaml": "n: !include:../../models/f.yaml",
        "recipes/A/models/f.yaml": "1",
        "recipes/A/README.md": "[x](hparams/x.yaml) [web](https://a.b/c.md)",
        "recipes/A/extra_requirements.txt": "sb_contrastive",
        "tests/recipes/A.csv": "Script_file,Hparam_file,Data_prep_file,"
        "Readme_file\nrecipes/A/train.py,recipes/A/hparams/x.yaml,,"
        "recipes/A/README.md\n",
    }
    for name, text in contents.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return root


def test_what_a_yaml_includes_comes_along(repository, checkout):
    done = contribute(checkout, ["A"], root=repository)
    assert {path.as_posix() for path in done} == {
        p.relative_to(repository).as_posix()
        for p in repository.rglob("*")
        if p.is_file()
    }


def test_a_link_out_of_the_recipe_is_refused(repository, checkout):
    (repository / "recipes/A/README.md").write_text("[up](../README.md#data)")
    with pytest.raises(ValueError, match="links to ../README.md"):
        contribute(checkout, ["A"], root=repository)


def test_a_missing_file_is_named(repository, checkout):
    (repository / "recipes/A/models/f.yaml").unlink()
    with pytest.raises(ValueError, match="x.yaml lacks recipes/A/models/f.y"):
        contribute(checkout, ["A"], root=repository)


def test_places_that_are_no_checkout_or_repository(checkout, tmp_path):
    with pytest.raises(
        FileNotFoundError, match="folder speechbrain/. Name the root"
    ):
        contribute(tmp_path / "speechbrain", ["A"])
    with pytest.raises(FileNotFoundError, match="run this from a checkout"):
        contribute(checkout, ["A"], root=tmp_path / "site-packages")


def test_every_recipe_of_a_corpus_comes_with_its_table(checkout):
    contribute(checkout, ["IEMOCAP", "ADReSS"])
    rows = [r for r in read_tables(checkout) if r["Dataset"] != "VoxCeleb"]
    assert rows == [r for r in read_tables(ROOT) if r["Dataset"] != "VoxCeleb"]
    assert {row["Dataset"] for row in rows} == {"ADReSS", "IEMOCAP"}
    for row in rows:
        assert setup_script(row) in recipe_files(checkout, row)
