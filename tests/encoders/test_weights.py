"""Weights come back as they were, from wherever a training or an export has left them; others are refused by name."""

import pytest
import torch
from speechbrain.lobes.features import Fbank
from speechbrain.lobes.models.Xvector import Xvector

from sb_contrastive.encoders import ResNet34, UtteranceEncoder
from sb_contrastive.encoders.weights import (
    encoder_weights,
    load_weights,
    save_weights,
)
from sb_contrastive.export import export_encoder

PLAIN = """
!new:sb_contrastive.encoders.UtteranceEncoder
embedding_dim: 8
compute_features: !new:speechbrain.lobes.features.Fbank
    n_mels: 16
backbone: !new:speechbrain.lobes.models.Xvector.Xvector
    in_channels: 16
    lin_neurons: 8
    tdnn_channels: [8, 8, 8, 8, 16]
"""
# Its backbone takes no lengths, so that the export wraps it
WRAPPED = """
!new:sb_contrastive.encoders.UtteranceEncoder
embedding_dim: 8
compute_features: !new:speechbrain.lobes.features.Fbank
    n_mels: 16
backbone: !new:sb_contrastive.encoders.ResNet34
    input_size: 16
    lin_neurons: 8
    channels: [4, 4, 4, 4]
"""


def plain(size=8):
    return UtteranceEncoder(
        Fbank(n_mels=16),
        Xvector(
            in_channels=16,
            lin_neurons=size,
            tdnn_channels=[8, 8, 8, 8, 16],
        ),
        size,
    )


def wrapped():
    backbone = ResNet34(input_size=16, lin_neurons=8, channels=[4, 4, 4, 4])
    return UtteranceEncoder(Fbank(n_mels=16), backbone, 8)


def same(a, b):
    a, b = a.state_dict(), b.state_dict()
    return a.keys() == b.keys() and all(a[k].equal(b[k]) for k in a)


def test_a_checkpoint_and_its_folder(tmp_path):
    encoder = plain()
    save_weights(encoder, tmp_path / "encoder.ckpt")
    for place in (tmp_path, tmp_path / "encoder.ckpt"):
        other = plain()
        assert not same(encoder, other)
        load_weights(other, place)
        assert same(encoder, other)


@pytest.mark.parametrize(
    "make, text", [(plain, PLAIN), (wrapped, WRAPPED)], ids=["plain", "wrapped"]
)
def test_an_exported_model(make, text, tmp_path):
    (tmp_path / "encoder.yaml").write_text(text)
    encoder = make()
    folder = export_encoder(
        tmp_path / "model", tmp_path / "encoder.yaml", encoder, {"title": "t"}
    )
    other = make()
    load_weights(other, folder)
    assert same(encoder, other)


def test_a_backbone_with_a_part_named_backbone(tmp_path):
    # What the export adds to names is not confused with names of one's own
    own = torch.nn.ModuleDict(
        {"backbone": torch.nn.Linear(2, 2), "head": torch.nn.Linear(2, 2)}
    )
    torch.save(own.state_dict(), tmp_path / "embedding_model.ckpt")
    with encoder_weights(tmp_path) as state:
        assert set(state) == {f"backbone.{name}" for name in own.state_dict()}


def test_what_does_not_fit_is_named(tmp_path):
    save_weights(plain(), tmp_path / "encoder.ckpt")
    other = plain(size=4)
    before = {k: v.clone() for k, v in other.state_dict().items()}
    with pytest.raises(ValueError, match="size mismatch for"):
        load_weights(other, tmp_path)
    assert all(v.equal(before[k]) for k, v in other.state_dict().items())
    with pytest.raises(FileNotFoundError, match="did you mean 'encoder.ckpt'"):
        load_weights(other, tmp_path / "encodr.ckpt")
