"""--objective puts another objective into an experiment that pretrains, and leaves the rest."""

from pathlib import Path

import pytest
import yaml

from sb_contrastive.experiment import Experiment
from sb_contrastive.experiment.help import help_text
from sb_contrastive.experiment.objective import objectives_of, with_objective

HPARAMS = Path("hparams")
NAMES = objectives_of(HPARAMS / "dino_sv.yaml")
PRETRAINING = [
    path.stem for path in sorted(HPARAMS.glob("*.yaml")) if objectives_of(path)
]


def brain(name, overrides):
    experiment = Experiment(HPARAMS / f"{name}.yaml", overrides)
    return experiment, experiment.blueprint(
        "pretraining_brain"
    ).build().keywords


@pytest.mark.parametrize("objective", NAMES)
def test_each_objective_can_be_built(objective):
    experiment, given = brain("dino_sv", f"objective: {objective}\nlr: 0.5")
    assert objective in given["objectives"]
    views = {v for o in given["objectives"].values() for v in o.views}
    assert len(given["crops"].counts) == len(views)
    # What has no part in it stays
    assert given["learning_rate"].peak == 0.5
    assert given["opt_class"].keywords["weight_decay"] == 0.05
    (first, _), *_ = experiment.document.nodes["verify"].value[0][1].value
    title = (HPARAMS / "objectives" / f"{objective}.yaml").read_text()
    assert title.startswith(f"# {first.value} ")


def test_every_experiment_that_pretrains_takes_one():
    assert {"dino_ser", "dino_ad", "byol_sv", "moco_am_sv"} < {*PRETRAINING}
    for name in PRETRAINING:
        objective = "lejepa" if name == "ntxent_am_sv" else "swav"
        _, given = brain(name, f"objective: {objective}")
        assert list(given["objectives"]) == [objective]
        assert given["modules"].keys() == {"encoder"}


def test_crops_are_as_long_as_those_of_the_experiment():
    _, given = brain("dino_ser", "objective: byol")
    assert (given["crops"].counts, given["crops"].lengths) == ([2], [12800])
    assert given["crops"].window == 16000
    _, given = brain("dino_ser", "objective: byol\ncrop_seconds: [0.5]")
    assert given["crops"].lengths == [8000]
    _, given = brain("ntxent_am_sv", "objective: sdpn")
    assert given["crops"].counts == [1, 4]
    assert given["crops"].lengths == [32000, 16000]
    assert not given["crops"].disjoint


def test_its_values_are_given_beside_it_and_no_others():
    _, given = brain("dino_sv", "objective: swav\nprototypes: 7")
    assert given["objectives"]["swav"].prototypes == 7
    with pytest.raises(ValueError, match="has no value --clusters"):
        brain("dino_sv", "objective: swav\nclusters: 7")
    # What only DINO has read is gone
    with pytest.raises(ValueError, match="has no value --momentum_start"):
        brain("dino_sv", "objective: swav\nmomentum_start: 0.9")


def test_a_file_of_ones_own(tmp_path):
    own = tmp_path / "mine.yaml"
    swav = (HPARAMS / "objectives" / "swav.yaml").read_text()
    own.write_text(swav.replace("prototypes: 128", "prototypes: 11"))
    _, given = brain("byol_sv", f"objective: {own}")
    assert given["objectives"]["swav"].prototypes == 11


def test_wrong_names_are_named():
    with pytest.raises(ValueError, match="no objective 'swaw'.*mean 'swav'"):
        brain("dino_sv", "objective: swaw")
    with pytest.raises(ValueError, match="floors.yaml has no objective to"):
        Experiment(HPARAMS / "floors.yaml", "objective: swav")
    with pytest.raises(ValueError, match="mean .objective"):
        brain("dino_sv", "objectiv: swav")


def test_the_help_names_them_and_their_values():
    text = " ".join(help_text(["dino_sv", "--help"]).split())
    assert f"--objective NAME {', '.join(NAMES)}" in text
    text = help_text(["dino_sv", "--objective", "swav", "--help"])
    assert "Objective: swav" in text and "--epsilon 0.05" in text
    assert "--freeze" not in text and "--head" not in text
    assert "--objective" not in help_text(["floors", "--help"])


@pytest.mark.parametrize("objective", NAMES)
def test_fragments_are_alike(objective):
    path = HPARAMS / "objectives" / f"{objective}.yaml"
    text = path.read_text(encoding="utf-8")
    assert text.startswith("# ") and "arXiv" in text.split("\n\n")[0]
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    keys = [key.value for key, _ in root.value]
    assert keys[:2] == ["crops", "pretrain_batch_size"]
    assert keys[-1] == "pretraining_brain"
    whole = with_objective(
        (HPARAMS / "dino_sv.yaml").read_text(),
        HPARAMS / "dino_sv.yaml",
        objective,
    )
    assert f"Objective: {objective}" in whole
