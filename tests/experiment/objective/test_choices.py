"""--negatives and --positives name a YAML beside the experiment."""

from pathlib import Path

import pytest

from sb_contrastive.experiment import Experiment
from sb_contrastive.experiment.help import help_text
from sb_contrastive.experiment.objective import choices_of
from sb_contrastive.losses import (
    AsymmetricNegatives,
    Attraction,
    FocalNegatives,
    HardNegatives,
)

HPARAMS = Path("hparams")
NEGATIVES = choices_of("negatives", HPARAMS / "ntxent_am_sv.yaml")
POSITIVES = choices_of("positives", HPARAMS / "ntxent_am_sv.yaml")


def brain(name, overrides):
    experiment = Experiment(HPARAMS / f"{name}.yaml", overrides)
    return experiment.blueprint("pretraining_brain").build().keywords


def test_each_choice_of_negatives_can_be_built():
    found = {
        name: brain("ntxent_am_sv", f"negatives: {name}") for name in NEGATIVES
    }
    kinds = {
        name: type(given["loss"].negatives) for name, given in found.items()
    }
    assert kinds["hard"] is kinds["debiased"] is HardNegatives
    assert kinds["focal"] is FocalNegatives
    assert kinds["asymmetric"] is AsymmetricNegatives
    assert found["asymmetric"]["crops"].counts == [3]
    assert found["asymmetric"]["crops"].lengths == [32000]
    weighting = found["attraction"]["loss"].negatives.weighting
    assert type(weighting) is Attraction
    uses = {n: g["loss"].negatives.uses_labels for n, g in found.items()}
    assert [n for n in uses if uses[n]] == ["oracle"]


@pytest.mark.parametrize("name", ["hard", "elimination"])
def test_moco_and_swapped_objectives_take_them(name):
    given = brain("moco_am_sv", f"negatives: {name}")
    assert type(given["loss"].negatives).__name__.endswith("Negatives")
    given = brain("dino_sv", f"objective: nt_xent\nnegatives: {name}")
    loss = given["objectives"]["nt_xent"].criterion
    assert type(loss.negatives).__name__.endswith("Negatives")


@pytest.mark.parametrize("name", ["dino_sv", "moco_am_sv", "byol_sv"])
def test_each_choice_of_positives_can_be_built(name):
    for positives in POSITIVES:
        given = brain(name, f"positives: {positives}\npositives_from: 0.3")
        assert given["positives"].begins == 0.3
        assert given["positives"].uses_labels == positives.startswith("oracle")
        # What is grouped are clean crops, where anything is
        assert bool(given["crops"].reference) != positives.startswith("oracle")
    given = brain(name, "objective: swav\npositives: ssps\nwindow: 0")
    assert given["positives"].window == 0
    assert list(given["objectives"]) == ["swav"]


def test_its_values_are_given_beside_it():
    given = brain("ntxent_am_sv", "negatives: hard\nhardness: 0.5")
    assert given["loss"].negatives.hardness == 0.5
    with pytest.raises(ValueError, match="has no value --hardness"):
        brain("ntxent_am_sv", "hardness: 0.5")
    given = brain(
        "ntxent_am_sv",
        "negatives: !new:sb_contrastive.losses.HardNegatives {prior: 0.3}",
    )
    assert given["loss"].negatives.prior == 0.3


def test_a_file_of_ones_own_and_words_that_are_none(tmp_path):
    own = tmp_path / "mine.yaml"
    text = (HPARAMS / "negatives" / "hard.yaml").read_text()
    own.write_text(text.replace("hardness: 1.0", "hardness: 1.5"))
    given = brain("ntxent_am_sv", f"negatives: {own}")
    assert given["loss"].negatives.hardness == 1.5
    own.write_text("teacher: {x: 1}\nnegatives: null\n")
    with pytest.raises(ValueError, match="changes teacher, which"):
        brain("ntxent_am_sv", f"negatives: {own}")
    with pytest.raises(ValueError, match="got 'hrad'; did you mean 'hard'"):
        brain("ntxent_am_sv", "negatives: hrad")
    with pytest.raises(ValueError, match="no value --negatives"):
        brain("dino_ser", "negatives: hard")


def test_the_command_line_and_the_help_know_them():
    text = " ".join(help_text(["ntxent_am_sv", "--help"]).split())
    assert f"{', '.join(NEGATIVES)} or the path of a YAML" in text


@pytest.mark.parametrize(
    "kind, name",
    [
        *(("negatives", name) for name in NEGATIVES),
        *(("positives", name) for name in POSITIVES),
    ],
)
def test_files_are_alike(kind, name):
    text = (HPARAMS / kind / f"{name}.yaml").read_text()
    assert text.startswith("# ") and (
        "arXiv" in text or name.startswith("oracle")
    )
    assert all(len(line) < 120 for line in text.splitlines())
