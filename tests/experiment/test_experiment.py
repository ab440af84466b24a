"""An experiment's YAML: overrides, encoders, stages, and what is said of mistakes."""

import runpy
import sys

import pytest

from sb_contrastive import EMATeacher
from sb_contrastive.encoders import UtteranceEncoder
from sb_contrastive.experiment import Experiment
from sb_contrastive.experiment.overriding.overrides import parse_arguments

YAML = "hparams/dino_ser.yaml"


def test_every_build_makes_new_objects_from_the_same_seed():
    experiment = Experiment(YAML)
    first, second = (experiment.build("encoder")["encoder"] for _ in range(2))
    assert first is not second
    for a, b in zip(first.parameters(), second.parameters()):
        assert a.equal(b)


def test_references_share_one_object_within_a_build():
    values = Experiment(YAML).build("pretraining_brain", "encoder")
    modules = values["pretraining_brain"].keywords["modules"]
    assert modules["encoder"] is values["encoder"]


def test_nothing_is_built_that_is_not_asked_for(monkeypatch):
    built = []
    make = UtteranceEncoder.__init__

    def counted(self, *args, **kwargs):
        built.append(self)
        make(self, *args, **kwargs)

    monkeypatch.setattr(UtteranceEncoder, "__init__", counted)
    monkeypatch.setattr(EMATeacher, "__init__", None)  # may not be called
    experiment = Experiment(YAML)
    experiment.system("two_step")
    assert experiment.hparams["pretrain_epochs"] and not built
    experiment.build("encoder")
    assert len(built) == 1


def test_a_seed_override_reaches_output_folder_and_crops():
    hparams = Experiment(YAML, "seed: 7").load()
    assert hparams["output_folder"] == "results/dino_ser/7"
    assert hparams["crops"].seed == 7


def test_a_run_option_is_no_override():
    # SpeechBrain takes --precision out of the overrides
    given = parse_arguments([YAML, "--precision", "bf16", "--seed", "7"])
    experiment = Experiment(YAML, given[2], given[1])
    assert experiment.run_opts["precision"] == "bf16"
    assert experiment.hparams["seed"] == 7


@pytest.mark.parametrize("name", ["ecapa", "xvector", "resnet"])
def test_encoder_is_swapped_by_name(name):
    backbone = Experiment(YAML, f"encoder: {name}").load()["encoder"].backbone
    assert name in type(backbone).__name__.lower().replace("_tdnn", "")


def test_encoder_is_swapped_by_path(tmp_path):
    with open("hparams/models/xvector.yaml", encoding="utf-8") as file:
        text = file.read().replace("embedding_dim: 128", "embedding_dim: 24")
    (tmp_path / "mine.yaml").write_text(text, encoding="utf-8")
    hparams = Experiment(YAML, f"encoder: {tmp_path / 'mine.yaml'}").load()
    assert hparams["encoder"].embedding_dim == 24
    assert hparams["head"].mlp[0].in_features == 24


def test_misspelt_value_names_the_nearest():
    with pytest.raises(ValueError, match="'manifest'"):
        Experiment(YAML, "manifset: my.csv")


@pytest.mark.parametrize("key, one, other", [("fold", 1, 2), ("seed", 3, 3)])
def test_a_key_given_twice_ends_the_program_with_a_sentence(
    monkeypatch, capsys, key, one, other
):
    words = ["train.py", YAML, f"--{key}", str(one), f"--{key}={other}"]
    monkeypatch.setattr(sys, "argv", words)
    with pytest.raises(SystemExit, match="2"):
        runpy.run_path("train.py", run_name="__main__")
    assert f"ValueError: --{key} is given twice" in capsys.readouterr().err


def test_an_encoder_given_twice_is_refused():
    with pytest.raises(ValueError, match="--encoder is given twice"):
        Experiment(YAML, "encoder: xvector\nencoder: resnet")


def test_misspelt_encoder_names_the_nearest():
    with pytest.raises(ValueError, match="'xvector'"):
        Experiment(YAML, "encoder: xvectr")


def test_missing_experiment_lists_what_is_there():
    with pytest.raises(FileNotFoundError, match="dino_ser.yaml"):
        Experiment("hparams/dino_sre.yaml")


def test_unknown_stage_is_found_before_anything_runs(tmp_path):
    ran = tmp_path / "results"
    experiment = Experiment(
        YAML, f"stages: [pretrain, two_stpe]\noutput_folder: {ran}"
    )
    with pytest.raises(ValueError, match="'two_step'"):
        experiment.run()
    assert not ran.exists()


def test_values_of_the_encoder_are_replaced_by_name():
    experiment = Experiment(YAML, "encoder: xvector\nn_mels: 40\nseed: 3")
    assert experiment.hparams["seed"] == 3
    first = experiment.hparams["encoder"].backbone.blocks[0]
    assert first.conv.in_channels == 40


def test_values_of_the_encoder_that_the_experiment_names_itself():
    hparams = Experiment(
        YAML, "embedding_dim: 24\nchannels: [16, 16, 16, 16, 48]"
    ).load()
    assert hparams["encoder"].embedding_dim == 24
    assert hparams["encoder"].backbone.blocks[0].conv.conv.out_channels == 16
    assert hparams["head"].mlp[0].in_features == 24


def test_misspelt_value_of_the_encoder_names_the_nearest():
    with pytest.raises(ValueError, match="'n_mels'"):
        Experiment(YAML, "encoder: xvector\nn_mel: 40")


def test_a_name_that_stands_twice_in_the_encoder_is_refused(tmp_path):
    with open("hparams/models/xvector.yaml", encoding="utf-8") as file:
        text = file.read() + "unused: {n_mels: 3}\n"
    (tmp_path / "mine.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match="no value --n_mels"):
        Experiment(YAML, f"encoder: {tmp_path / 'mine.yaml'}\nn_mels: 40")


def test_run_options_are_read_without_building_anything(monkeypatch):
    monkeypatch.setattr(UtteranceEncoder, "__init__", None)  # not to be called
    experiment = Experiment(YAML)
    assert experiment.brain_options() == {}
    assert experiment.optimizer_steps(epochs=3, batches=5) == 15
