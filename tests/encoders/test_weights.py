"""Weights come back as they were, from wherever a training or an export has left them; others are refused by name."""

import copy

import pytest
import torch
from speechbrain.lobes.features import Fbank
from speechbrain.lobes.models.Xvector import Xvector

from sb_contrastive.encoders import (
    MeanPooling,
    ResNet34,
    Tuning,
    UtteranceEncoder,
)
from sb_contrastive.encoders.weights import load_weights, save_weights
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


@pytest.mark.parametrize("names", [["backbone", "head"], ["backbone"]])
def test_a_backbone_with_a_part_named_backbone(names, tmp_path):
    # What the export adds to names is not confused with names of one's own
    def parts():
        return torch.nn.ModuleDict({n: torch.nn.Linear(2, 2) for n in names})

    own = parts()
    torch.save(own.state_dict(), tmp_path / "embedding_model.ckpt")
    encoder = UtteranceEncoder(torch.nn.Identity(), parts(), 2)
    load_weights(encoder, tmp_path)
    assert same(encoder.backbone, own)


def test_the_encoder_of_a_training_step(tmp_path):
    encoder = plain()
    step = {"classifier": torch.nn.Linear(8, 2), "encoder": encoder}
    save_weights(torch.nn.ModuleDict(step), tmp_path / "model.ckpt")
    for place in (tmp_path, tmp_path / "model.ckpt"):
        other = plain()
        loaded = load_weights(other, place)
        assert same(encoder, other)
        assert loaded.tensors == len(encoder.state_dict())
        assert str(loaded).endswith("tensors loaded, classifier left")


def test_a_backbone_in_a_file_of_any_name(tmp_path):
    encoder, other = plain(), plain()
    save_weights(encoder.backbone, tmp_path / "my_xvector.ckpt")
    load_weights(other, tmp_path / "my_xvector.ckpt")
    assert same(encoder, other)


def test_a_fresh_embedding_layer_may_be_of_another_kind(tmp_path):
    encoder, other = plain(size=4), plain()
    other.affine = ("blocks.16",)
    before = copy.deepcopy(other.backbone.blocks[16])
    save_weights(encoder, tmp_path / "encoder.ckpt")
    loaded = load_weights(other, tmp_path, fresh_affine=True)
    assert same(other.backbone.blocks[16], before)
    assert same(other.backbone.blocks[0], encoder.backbone.blocks[0])
    fresh = len(before.state_dict())
    assert loaded.tensors == len(other.state_dict()) - fresh
    assert loaded.left == []


def test_what_does_not_fit_is_named_in_one_sentence(tmp_path):
    save_weights(plain(), tmp_path / "encoder.ckpt")
    other = plain(size=4)
    before = {k: v.clone() for k, v in other.state_dict().items()}
    with pytest.raises(
        ValueError, match=r"is \[8, 32\] there and \[4, 32\]"
    ) as e:
        load_weights(other, tmp_path)
    assert "\n" not in str(e.value)
    assert all(v.equal(before[k]) for k, v in other.state_dict().items())
    with pytest.raises(ValueError, match="are not in the file; .* not in this"):
        load_weights(wrapped(), tmp_path)
    with pytest.raises(FileNotFoundError, match="did you mean 'encoder.ckpt'"):
        load_weights(other, tmp_path / "encodr.ckpt")


@pytest.mark.parametrize("content", [[1, 2], {"epoch": 3}])
def test_a_file_of_something_else(content, tmp_path):
    torch.save(content, tmp_path / "encoder.ckpt")
    with pytest.raises(ValueError, match="holds no weights by name"):
        load_weights(plain(), tmp_path)


@pytest.mark.parametrize("there", ["lora", "houlsby", "all"])
def test_the_tuning_of_a_pretrained_network(front_end, there, tmp_path):
    def encoder(tune, rank=2):
        tuning = Tuning(tune, rank=rank, bottleneck=3)
        frames = front_end("hubert", tuning=tuning)
        return UtteranceEncoder(frames, MeanPooling(16), 16)

    trained = encoder(there)
    with torch.no_grad():
        for parameter in trained.parameters():
            parameter.add_(0.1)
    save_weights(trained, tmp_path / "encoder.ckpt")
    other = encoder(there)
    load_weights(other, tmp_path)
    assert same(trained, other)
    wavs = torch.randn(2, 4000)
    torch.testing.assert_close(trained.eval()(wavs), other.eval()(wavs))
    for here in {"none", "lora", "houlsby"} - {there}:
        with pytest.raises(ValueError, match=f"tune: .*{there}, and .* {here}"):
            load_weights(encoder(here), tmp_path)
    if there == "lora":
        with pytest.raises(ValueError, match=r"\[2, 16\] there and \[4, 16\]"):
            load_weights(encoder(there, rank=4), tmp_path)
