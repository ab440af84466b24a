"""Tiny models of each kind, and the ONNX files that are written of them."""

import pytest
import torch
from hyperpyyaml import load_hyperpyyaml

from sb_contrastive import load
from sb_contrastive.command_line import main
from sb_contrastive.export import Usage, export_classifier
from sb_contrastive.inference import Model
from sb_contrastive.onnx.writing import write_onnx

pytest.importorskip("onnx", reason="pip install -e '.[onnx]'")
pytest.importorskip("onnxscript")
pytest.importorskip("onnxruntime")

ENCODER = """!new:sb_contrastive.encoders.UtteranceEncoder
embedding_dim: 8
compute_features: !new:speechbrain.lobes.features.Fbank
    n_mels: 20
    hop_length: 20
mean_var_norm: !new:speechbrain.processing.features.InputNormalization
    norm_type: sentence
    std_norm: False
backbone: {}
"""
BACKBONES = {
    "ecapa": """!new:speechbrain.lobes.models.ECAPA_TDNN.ECAPA_TDNN
    input_size: 20
    lin_neurons: !ref <embedding_dim>
    channels: [8, 8, 16]
    kernel_sizes: [5, 3, 1]
    dilations: [1, 2, 1]
    groups: [1, 1, 1]
    attention_channels: 8
    se_channels: 8
    res2net_scale: 2
""",
    "xvector": """!new:sb_contrastive.encoders.XVector
    in_channels: 20
    lin_neurons: !ref <embedding_dim>
    tdnn_channels: [8, 16]
    tdnn_blocks: 2
    tdnn_kernel_sizes: [5, 1]
    tdnn_dilations: [1, 1]
""",
    "resnet": """!new:speechbrain.lobes.models.ResNet.ResNet
    input_size: 20
    lin_neurons: !ref <embedding_dim>
    channels: [4, 4, 4, 8]
    block_sizes: [1, 1, 1, 1]
""",
}


def noise(rows, seconds, seed=0):
    """Draw coloured noise [B, S] without offset."""
    drawn = torch.Generator().manual_seed(seed)
    wavs = torch.randn(rows, round(seconds * 16000), generator=drawn)
    wavs = 0.005 * (wavs + 0.2 * wavs.cumsum(dim=1))
    return (wavs - wavs.mean(dim=1, keepdim=True)).clamp(-1, 1)


def told_apart(encoder):
    """Move embeddings to their mean: those of random weights all point one way,
    and their cosines tell nothing."""
    with torch.no_grad():
        for seed in range(3):  # the statistics of batch normalisation
            encoder.train()(noise(8, 0.5, seed))
        encoder.eval()
        last = [
            m
            for m in encoder.modules()
            if isinstance(m, (torch.nn.Linear, torch.nn.Conv1d))
            and m.bias is not None
            and m.bias.shape == (8,)
        ][-1]
        last.bias -= encoder(noise(16, 0.6)).mean(dim=0)
    return encoder


@pytest.fixture(scope="session")
def made(tmp_path_factory):
    """{kind: model}; that of the ECAPA-TDNN is loaded from a folder, with classes."""
    folder, models = tmp_path_factory.mktemp("onnx"), {}
    for kind, backbone in BACKBONES.items():
        path = folder / f"{kind}.yaml"
        path.write_text(ENCODER.format(backbone))
        torch.manual_seed(0)
        encoder = load_hyperpyyaml(f"encoder: !include:{path}")["encoder"]
        told_apart(encoder)
        if kind != "ecapa":
            models[kind] = Model(encoder, "cpu")
            continue
        export_classifier(
            folder / "ecapa",
            path,
            encoder,
            torch.nn.Linear(8, 2),
            ["happy", "sad"],
            {"title": "A test"},
            usage=Usage(trim_silence_db=25, threshold=0.5, trials="mine"),
        )
        models[kind] = load(folder / "ecapa", "cpu")
    models["folder"] = folder
    return models


@pytest.fixture(scope="session")
def files(made):
    """Files of all three models by kind, that of the classifier by the command."""
    folder = made["folder"]
    main(["export", str(folder / "ecapa"), "--onnx"])
    for kind in ("xvector", "resnet"):
        assert write_onnx(made[kind], folder / f"{kind}.onnx") < 1e-4
    return {kind: folder / f"{kind}.onnx" for kind in BACKBONES}
