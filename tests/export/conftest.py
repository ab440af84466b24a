"""Encoders to export, and audio to compare them by."""

from pathlib import Path

import pytest
import soundfile
import torch
from hyperpyyaml import load_hyperpyyaml

from sb_contrastive.export import export_classifier

MODELS = Path(__file__).parents[2] / "hparams" / "models"
XVECTOR = """!new:speechbrain.lobes.models.Xvector.Xvector
    in_channels: !ref <compute_features[n_mels]>
    lin_neurons: !ref <embedding_dim>
    tdnn_channels: [8, 8, 8, 8, 16]"""


@pytest.fixture(scope="session")
def model_yaml():
    """Returns a function: name -> YAML that comes with the package."""
    return lambda name: MODELS / f"{name}.yaml"


@pytest.fixture(scope="session")
def built():
    """Returns a function: YAML -> encoder away from its initial state."""

    def build(path):
        torch.manual_seed(1)
        encoder = load_hyperpyyaml(f"encoder: !include:{path}")["encoder"]
        encoder(torch.randn(4, 16000))  # in training mode: moves batch norms
        return encoder.eval()

    return build


@pytest.fixture
def small_yaml(tmp_path):
    """Returns a function that writes the YAML of an encoder of 8 dimensions."""

    def write(backbone=XVECTOR, norm="null"):
        path = tmp_path / "small.yaml"
        path.write_text(
            f"!new:sb_contrastive.encoders.UtteranceEncoder\n"
            f"embedding_dim: 8\n"
            f"compute_features: !new:speechbrain.lobes.features.Fbank\n"
            f"    n_mels: 20\n"
            f"mean_var_norm: {norm}\n"
            f"backbone: {backbone}\n"
        )
        return path

    return write


@pytest.fixture(scope="session")
def ecapa(tmp_path_factory, built, model_yaml):
    """An ECAPA, a classifier, and the folder of their export."""
    encoder = built(model_yaml("ecapa"))
    classes = ["sad", "angry", "neutral"]
    classifier = torch.nn.Linear(encoder.embedding_dim, len(classes))
    folder = tmp_path_factory.mktemp("ecapa") / "model"
    card = {"title": "A test", "note": "Random weights."}
    export_classifier(
        folder, model_yaml("ecapa"), encoder, classifier, classes, card
    )
    return encoder, classifier, folder


@pytest.fixture
def wavs():
    return 0.1 * torch.randn(
        2, 20000, generator=torch.Generator().manual_seed(2)
    )


@pytest.fixture
def wav_files(tmp_path, wavs):
    """Two files that hold `wavs` without loss."""
    paths = [str(tmp_path / f"{i}.wav") for i in range(2)]
    for path, wav in zip(paths, wavs):
        soundfile.write(path, wav.numpy(), 16000, subtype="FLOAT")
    return paths
