"""A checkpoint that is missing, incomplete or of another kind is refused."""

import json
import shutil

import huggingface_hub.constants
import pytest

from sb_contrastive.encoders import HuggingFaceFrames


def test_without_network_and_folder_it_says_what_to_give(monkeypatch, tmp_path):
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    for hub in ("facebook/hubert-base-ls960", str(tmp_path / "none")):
        with pytest.raises(
            FileNotFoundError,
            match=r"there is no folder .*as hub .*config.json.* models/",
        ):
            HuggingFaceFrames("hubert", hub, save_path=tmp_path)


@pytest.mark.parametrize(
    "file", ["config.json", "preprocessor_config.json", "model.safetensors"]
)
def test_a_folder_that_lacks_a_file_is_refused(
    hugging_face_model, tmp_path, file
):
    shutil.copytree(hugging_face_model(), tmp_path / "part")
    (tmp_path / "part" / file).unlink()
    with pytest.raises(
        FileNotFoundError, match="part holds no complete hubert"
    ):
        HuggingFaceFrames("hubert", tmp_path / "part")


def test_weights_cut_short_or_missing_are_refused(hugging_face_model, tmp_path):
    part = tmp_path / "part"
    shutil.copytree(hugging_face_model(), part)
    config = json.loads((part / "config.json").read_text())
    config["num_hidden_layers"] = 3
    (part / "config.json").write_text(json.dumps(config))
    with pytest.raises(FileNotFoundError, match="are missing, such as encoder"):
        HuggingFaceFrames("hubert", part)
    weights = (part / "model.safetensors").read_bytes()
    (part / "model.safetensors").write_bytes(weights[: len(weights) // 2])
    with pytest.raises(
        FileNotFoundError, match="holds no complete hubert model"
    ):
        HuggingFaceFrames("hubert", part)


def test_other_families_rates_and_names_are_refused(
    hugging_face_model, tmp_path
):
    with pytest.raises(ValueError, match="a hubert model.*--encoder hubert"):
        HuggingFaceFrames("wavlm", hugging_face_model())
    with pytest.raises(ValueError, match="did you mean 'wavlm'"):
        HuggingFaceFrames("wavelm", hugging_face_model())
    with pytest.raises(ValueError, match="did you mean 'weighted'"):
        HuggingFaceFrames("hubert", hugging_face_model(), "weighetd")
    shutil.copytree(hugging_face_model(), tmp_path / "slow")
    path = tmp_path / "slow" / "preprocessor_config.json"
    path.write_text(path.read_text().replace("16000", "8000"))
    with pytest.raises(ValueError, match="wants audio of 8000 Hz"):
        HuggingFaceFrames("hubert", tmp_path / "slow")
