"""An encoder small enough that an experiment takes seconds."""

import pytest

ENCODER = """
!new:sb_contrastive.encoders.UtteranceEncoder
embedding_dim: 8
compute_features: !new:speechbrain.lobes.features.Fbank
    n_mels: 16
    hop_length: 20
mean_var_norm: !new:speechbrain.processing.features.InputNormalization
    norm_type: sentence
    std_norm: False
backbone: !new:speechbrain.lobes.models.Xvector.Xvector
    in_channels: 16
    lin_neurons: !ref <embedding_dim>
    tdnn_channels: [8, 8, 8, 8, 16]
affine: [blocks.16]
frame_layer: blocks.14
frame_axis: 1
"""


@pytest.fixture(scope="session")
def tiny_encoder(tmp_path_factory):
    path = tmp_path_factory.mktemp("encoder") / "tiny.yaml"
    path.write_text(ENCODER, encoding="utf-8")
    return path
