"""--help says all that can be overridden, as the YAML has it."""

import re
import runpy
import sys
from pathlib import Path

import pytest
import yaml

from sb_contrastive.experiment import Experiment
from sb_contrastive.experiment.help import help_text
from sb_contrastive.experiment.overriding.overridden import experiment_values
from sb_contrastive.shipped import experiment_file, shipped_root

EXPERIMENTS = sorted(Path("hparams").glob("*.yaml"))


@pytest.mark.parametrize("path", EXPERIMENTS, ids=lambda path: path.stem)
def test_every_value_is_listed_once(path):
    root = yaml.compose(path.read_text("utf-8"), Loader=yaml.BaseLoader)
    keys = [k.value for k, _ in root.value if not k.value.startswith("__")]
    text = re.sub(
        r"^Values of the encoder .*\n(  .*\n)*",
        "",
        help_text([str(path)]),
        flags=re.M,
    )
    listed = re.findall(r"^  --(\w+)", text, re.M)
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


@pytest.mark.parametrize("words", [["--help"], ["-h"], []])
@pytest.mark.parametrize("file", [[], ["hparams/dino_sv.yaml"]])
def test_train_prints_it_and_ends_well(monkeypatch, capsys, words, file):
    if file and not words:
        pytest.skip("which would run it")
    monkeypatch.setattr(sys, "argv", ["train.py", *file, *words])
    runpy.run_path("train.py", run_name="__main__")  # it just returns
    said = capsys.readouterr().out
    if file:
        assert "--crops RandomCrops" in said and "--device" not in said[:500]
    else:
        for path in EXPERIMENTS:
            (line,) = re.findall(rf"^  {path.stem}  .*$", said, re.M)
            assert len(line) < 120 and re.search(r"\w$", line)
        assert "--device None" in said and "--precision" in said


def test_values_of_the_encoder_are_those_that_can_be_given():
    path = EXPERIMENTS[0].parent / "dino_ser.yaml"
    for name in ("ecapa", "whisper"):
        text = help_text([str(path), "--encoder", name, "--help"])
        (section,) = re.findall(
            r"^Values of the encoder .*\n(?:  .*\n)*", text, re.M
        )
        plain = re.findall(r"^  --(\w+) (\[.*\]|[^A-Z\s]\S*)", section, re.M)
        values = "".join(f"{key}: {value}\n" for key, value in plain)
        Experiment(path, f"encoder: {name}\n{values}")  # it knows each
        assert len(plain) > 8
    assert "--tune none                     or top_k, lora" in section
    assert "--pooled_layers null            null: all but" in section
    assert "--hub openai/whisper-tiny.en" in section
    assert "a name on huggingface.co or a folder" in section


def test_names_stand_for_the_experiments_of_the_package(tmp_path, monkeypatch):
    path = EXPERIMENTS[0].parent / "dino_ser.yaml"
    for name in ("dino_ser", "dino_ser.yaml"):
        assert help_text([name, "--help"]) == help_text([str(path)])
        assert experiment_file(name) == path
    monkeypatch.chdir(tmp_path)
    for name in ("dino_ser", "hparams/dino_ser.yaml"):
        assert experiment_file(name).samefile(shipped_root() / path)
    Path("dino_ser").write_text("a file of one's own goes first")
    assert experiment_file("dino_ser") == Path("dino_ser")
    with pytest.raises(FileNotFoundError):
        experiment_file("elsewhere/dino_ser.yaml")


def test_a_misspelt_experiment_is_named():
    for wrong in ("hparams/dino_sre.yaml", "dino_sre"):
        with pytest.raises(FileNotFoundError, match="did you mean '.*dino_ser"):
            help_text([wrong, "--help"])
