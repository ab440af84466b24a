"""The encoder's parts are found in its own YAML and in an experiment's."""

from pathlib import Path

import pytest

from sb_contrastive.export.encoder_yaml import as_text, encoder_nodes

HPARAMS = Path(__file__).parents[2] / "hparams"


def test_an_experiment_names_its_encoder(model_yaml):
    # The CLI's --encoder reaches the experiment as such an override
    overrides = f"encoder: !include:{model_yaml('xvector').as_posix()}"
    for given, name in (("", "ecapa"), (overrides, "xvector")):
        found = encoder_nodes(HPARAMS / "dino_ser.yaml", given)
        assert as_text(found) == as_text(encoder_nodes(model_yaml(name)))


def test_a_yaml_without_encoder_is_refused(tmp_path):
    other = tmp_path / "other.yaml"
    other.write_text("seed: 1\n")
    with pytest.raises(ValueError, match="other.yaml describes no encoder"):
        encoder_nodes(other)
    with pytest.raises(FileNotFoundError, match="no YAML .*nowhere.yaml"):
        encoder_nodes(tmp_path / "nowhere.yaml")
