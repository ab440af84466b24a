"""A model is any folder that SpeechBrain's EncoderClassifier loads."""

import shutil

import pytest
import torch
from speechbrain.inference.classifiers import EncoderClassifier
from speechbrain.processing.features import InputNormalization

from sb_contrastive import load
from sb_contrastive.command_line import main

NOISY = """
compute_features: !new:speechbrain.lobes.features.Fbank
mean_var_norm: !new:speechbrain.processing.features.InputNormalization
    norm_type: sentence
embedding_model: !new:speechbrain.lobes.models.Xvector.Xvector
    in_channels: 40
    lin_neurons: 8
    tdnn_channels: [8, 8, 8, 8, 16]
modules:
    compute_features: !ref <compute_features>
    mean_var_norm: !ref <mean_var_norm>
    embedding_model: !ref <embedding_model>
pretrainer: !new:speechbrain.utils.parameter_transfer.Pretrainer
"""


@pytest.fixture
def copy(model, tmp_path):
    """A copy of the model to change."""
    return shutil.copytree(model, tmp_path / "copy")


def edit(folder, *pairs):
    path = folder / "hyperparams.yaml"
    text = path.read_text()
    for old, new in pairs:
        assert old in text
        text = text.replace(old, new)
    path.write_text(text)


def test_an_export_is_the_encoder_again(model, encoder):
    found = load(model, "cpu")
    loaded = found.encoder
    wavs = torch.randn(3, 9000, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        torch.testing.assert_close(
            loaded(wavs), encoder(wavs), atol=1e-5, rtol=0
        )
    assert (found.device, found.sample_rate) == ("cpu", 16000)
    assert (found.trim_silence_db, found.threshold) == (0, None)
    assert (found.classifier, found.classes) == (None, ())
    assert loaded.embedding_dim == 8
    assert not loaded.training


def test_a_model_that_names_itself_on_a_hub_is_read_from_here(copy, encoder):
    edit(
        copy,
        (
            "compute_features: !new",
            "pretrained_path: a/b\ncompute_features: !new",
        ),
        (
            "    loadables:\n",
            "    paths:\n        embedding_model: !ref "
            "<pretrained_path>/embedding_model.ckpt\n    loadables:\n",
        ),
    )
    wavs = torch.ones(1, 8000).cumsum(1).sin()
    loaded = load(copy, "cpu").encoder
    with torch.no_grad():
        torch.testing.assert_close(
            loaded(wavs), encoder(wavs), atol=1e-5, rtol=0
        )


def test_global_statistics_are_no_obstacle(copy):
    norm = InputNormalization(norm_type="global")
    norm(torch.randn(4, 50, 20) - 30, torch.ones(4))
    norm._save(copy / "mean_var_norm.ckpt")  # no part of a state_dict
    edit(
        copy,
        ("norm_type: sentence", "norm_type: global"),
        (
            "    loadables:\n",
            "    loadables:\n        mean_var_norm: !ref <mean_var_norm>\n",
        ),
    )
    loaded = load(copy, "cpu").encoder
    wavs = 0.1 * torch.randn(2, 8000)
    model = EncoderClassifier.from_hparams(source=str(copy))
    expected = model.encode_batch(wavs)[:, 0]
    with torch.no_grad():
        torch.testing.assert_close(loaded(wavs), expected, atol=1e-5, rtol=0)


def test_speechbrains_noisy_pooling_is_replaced(tmp_path):
    (tmp_path / "hyperparams.yaml").write_text(NOISY)
    loaded = load(tmp_path, "cpu").encoder
    wavs = torch.randn(2, 8000)
    with torch.no_grad():
        assert torch.equal(loaded(wavs), loaded(wavs))


def test_what_is_no_model_is_said_to_be_none(copy, tmp_path):
    with pytest.raises(FileNotFoundError, match="no hyperparams.yaml"):
        load(tmp_path / "nowhere")
    with pytest.raises(FileNotFoundError, match="its models are .*copy"):
        load(tmp_path)
    edit(copy, ("\npretrainer:", "\npretraining:"))
    with pytest.raises(ValueError, match="'pretrainer': it describes a train"):
        load(copy)


def test_a_model_without_embeddings_is_refused(copy):
    edit(copy, ("\n    embedding_model: !ref <embedding_model>\n", "\n"))
    with pytest.raises(ValueError, match="without embedding_model"):
        load(copy)


def test_a_device_that_is_not_there(model, tmp_path, capsys):
    words = ["verify", str(model), "a.wav", "b.wav", "--device", "banana"]
    with pytest.raises(SystemExit):
        main(words)
    assert "not 'banana'" in capsys.readouterr().err
