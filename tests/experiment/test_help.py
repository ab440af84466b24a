"""--help says all that can be overridden, as the YAML has it."""

import re
import runpy
import sys
from pathlib import Path

import pytest
import yaml

from sb_contrastive.experiment.help import help_text
from sb_contrastive.experiment.overriding.overridden import experiment_values

EXPERIMENTS = sorted(Path("hparams").glob("*.yaml"))


@pytest.mark.parametrize("path", EXPERIMENTS, ids=lambda path: path.stem)
def test_every_value_is_listed_once(path):
    root = yaml.compose(path.read_text("utf-8"), Loader=yaml.BaseLoader)
    keys = [k.value for k, _ in root.value if not k.value.startswith("__")]
    listed = re.findall(r"^  --(\w+)", help_text([str(path)]), re.M)
    assert listed[: len(keys)] == keys
    rest = [k for k in experiment_values(path) if not k.startswith("__")]
    assert sorted(listed) == sorted(rest)


def test_options_of_steps_are_listed_with_defaults_and_words():
    text = " ".join(help_text(["hparams/dino_ser.yaml"]).split())
    for said in (
        "Options of finetune_affine, finetune_all",
        "epochs: (must be given) Passes over the training part.",
        "least_steps: 0 Batches below which more passes are made",
        "encoder_rate: null Share of the learning rate",
        "trainable: all ",
        "targets: null Column of the manifest",
        "--label_fraction 1.0 Share of the training labels to use, or several.",
        "--validations 6 How many epochs end with",
    ):
        assert said in text, said


def test_default_comment_and_parts():
    text = " ".join(help_text(["hparams/dino_ser.yaml"]).split())
    assert "--trim_silence_db 30 cut what is this far below" in text
    # A comment that goes on in the next line
    assert "so that they share how a moment was spoken" in text
    assert "--head DINOHead parts: embedding_dim, num_prototypes" in text
    assert (
        "--encoder ecapa ecapa" in text
        and "xvector_multilevel or the path" in text
    )
    assert "Fine-tuning --batch_size 32" in text


@pytest.mark.parametrize("words", [["--help"], ["-h"]])
@pytest.mark.parametrize("file", [[], ["hparams/dino_sv.yaml"]])
def test_train_prints_it_and_ends_well(monkeypatch, capsys, words, file):
    monkeypatch.setattr(sys, "argv", ["train.py", *file, *words])
    runpy.run_path("train.py", run_name="__main__")  # it just returns
    said = capsys.readouterr().out
    if file:
        assert "--crops RandomCrops" in said and "--device" not in said[:500]
    else:
        assert all(path.as_posix() in said for path in EXPERIMENTS)
        assert "--device None" in said and "--precision" in said


def test_a_misspelt_experiment_is_named():
    with pytest.raises(FileNotFoundError, match="'hparams/dino_ser.yaml'"):
        help_text(["hparams/dino_sre.yaml", "--help"])
