"""Fixtures: tiny exported models, and speech-like files to use them on."""

import numpy as np
import pytest
import soundfile
import torch
from hyperpyyaml import load_hyperpyyaml

from sb_contrastive.export import (
    Usage,
    export_classifier,
    export_encoder,
)

YAML = """!new:sb_contrastive.encoders.UtteranceEncoder
embedding_dim: 8
compute_features: !new:speechbrain.lobes.features.Fbank
    n_mels: 20
mean_var_norm: !new:speechbrain.processing.features.InputNormalization
    norm_type: sentence
    std_norm: False
backbone: !new:speechbrain.lobes.models.ECAPA_TDNN.ECAPA_TDNN
    input_size: 20
    lin_neurons: !ref <embedding_dim>
    channels: [8, 8, 8, 8, 24]
    attention_channels: 8
    se_channels: 8
    res2net_scale: 2
"""


@pytest.fixture(scope="session")
def encoder_yaml(tmp_path_factory):
    path = tmp_path_factory.mktemp("encoder") / "tiny.yaml"
    path.write_text(YAML)
    return path


@pytest.fixture(scope="session")
def encoder(encoder_yaml):
    torch.manual_seed(0)
    loaded = load_hyperpyyaml(f"encoder: !include:{encoder_yaml}")
    encoder = loaded["encoder"].eval()
    # Of random weights all embeddings are alike; around their mean they differ
    with torch.no_grad():
        noise = 0.05 * torch.randn(16, 9600).cumsum(dim=1) / 10
        encoder.backbone.fc.conv.bias -= encoder(noise).mean(dim=0)
    return encoder


@pytest.fixture(scope="session")
def model(tmp_path_factory, encoder_yaml, encoder):
    """Folder of its export."""
    folder = tmp_path_factory.mktemp("exported") / "model"
    return export_encoder(folder, encoder_yaml, encoder, {"title": "A test"})


@pytest.fixture(scope="session")
def head():
    """A classifier of its embeddings."""
    torch.manual_seed(1)
    return torch.nn.Linear(8, 2)


@pytest.fixture(scope="session")
def two_classes(tmp_path_factory, encoder_yaml, encoder, head):
    """Folder of the encoder with that classifier, and with a threshold."""
    return export_classifier(
        tmp_path_factory.mktemp("exported") / "classifier",
        encoder_yaml,
        encoder,
        head,
        ["happy", "sad"],
        {"title": "A test"},
        usage=Usage(trim_silence_db=25, threshold=0.5, trials="mine"),
    )


@pytest.fixture
def write():
    """Returns a function that writes a file of coloured noise."""

    def noise(path, seed, seconds=0.6, rate=16000, channels=1):
        path.parent.mkdir(parents=True, exist_ok=True)
        rng = np.random.default_rng(seed)
        wav = rng.standard_normal((round(seconds * rate), channels))
        wav = 0.05 * np.cumsum(wav, axis=0) / 10
        wav -= wav.mean(axis=0)  # as every file is read
        soundfile.write(path, wav.clip(-1, 1), rate, subtype="PCM_16")
        return path

    return noise


@pytest.fixture
def folder(tmp_path, write):
    """Three speakers with three files each."""
    for s, speaker in enumerate(("ann", "bob", "eve")):
        for k in range(3):
            write(tmp_path / "wavs" / speaker / f"{k}.wav", 10 * s + k)
    return tmp_path / "wavs"
