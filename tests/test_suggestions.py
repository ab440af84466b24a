"""The nearest name is offered, whatever its case, or none."""

import sys

import pytest
import yaml

from sb_contrastive.experiment.signatures import located
from sb_contrastive.suggestions import did_you_mean, not_found


@pytest.mark.parametrize(
    "name, known, nearest",
    [
        ("lable", ["wav", "label"], "label"),
        ("VoxCeleb1", ["iemocap", "voxceleb"], "voxceleb"),
        ("macro-f1", ["WA", "macro_F1", "micro_F1"], "macro_F1"),
        (11, [1, 2], "1"),  # numbers name folds
        ("label", {"Label": 0}, "Label"),
    ],
)
def test_the_nearest_name_is_offered(name, known, nearest):
    assert did_you_mean(name, known) == f"; did you mean {nearest!r}?"


@pytest.mark.parametrize("known", [[], ["wav", "duration"]])
def test_nothing_near_leaves_nothing_to_say(known):
    assert did_you_mean("label", known) == ""


@pytest.fixture
def beside(tmp_path, monkeypatch):
    """A folder of a user's own modules, which can be imported."""
    monkeypatch.syspath_prepend(tmp_path)
    return tmp_path


def test_a_module_that_is_nowhere(beside):
    (beside / "my_losses.py").write_text("class Mine: pass")
    said = not_found("my_loses.Mine")
    assert "no module my_loses among the installed packages" in said
    assert f"nor a file my_loses.py in {beside}" in said
    assert said.endswith("; did you mean 'my_losses'?")
    assert not any(name.endswith("site-packages") for name in said.split())


def test_a_class_that_a_module_does_not_have(beside):
    file = beside / "my_parts_of_it.py"
    file.write_text("class Mine: pass\nclass Yours: pass")
    assert not_found("my_parts_of_it.Mien") == (
        f"the module my_parts_of_it ({file}) has no 'Mien'; did you mean 'Mine'?"
    )
    assert "class my_parts_of_it.Mine has no 'x'" in not_found(
        "my_parts_of_it.Mine.x"
    )
    del sys.modules["my_parts_of_it"]


def test_a_class_that_lies_in_another_room():
    import sb_contrastive.brains  # noqa: F401

    said = not_found("sb_contrastive.losses.SimCLRBrain")
    assert said.endswith("did you mean sb_contrastive.brains.SimCLRBrain?")
    assert "kind float" in not_found("math.pi")


@pytest.mark.parametrize(
    "text, said",
    [
        ("import no_such_package", "line 1 fails with ModuleNotFoundError: No"),
        ("x = 1\nx.y = 2", "line 2 fails with AttributeError: 'int'"),
        ("def f(:", "line 1 fails with SyntaxError: invalid syntax"),
    ],
)
def test_a_module_that_cannot_be_imported(beside, text, said):
    (beside / "my_broken_part.py").write_text(text)
    with pytest.raises(ValueError, match=f"my_broken_part.py, {said}"):
        located(yaml.compose("!new:my_broken_part.Mine {}"))
