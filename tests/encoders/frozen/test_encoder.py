"""An encoder of this project, frozen at its frame level."""

import pytest
import torch
from hyperpyyaml import load_hyperpyyaml

from sb_contrastive.encoders import (
    FrozenEncoder,
    HuggingFaceFrames,
    StatisticsPooling,
    UtteranceEncoder,
)


def pretrained(name="ecapa", seed=0):
    """An encoder whose batch-norm statistics are not those of a fresh one."""
    torch.manual_seed(seed)
    encoder = load_hyperpyyaml(f"encoder: !include:hparams/models/{name}.yaml")
    encoder = encoder["encoder"].train()
    with torch.no_grad():
        encoder(torch.randn(4, 8000))
    return encoder.eval()


@pytest.fixture(scope="module", params=["ecapa", "xvector"])
def name(request):
    return request.param


@pytest.fixture(scope="module")
def wavs():
    return torch.randn(3, 8000, generator=torch.Generator().manual_seed(1))


def test_frames_are_those_of_the_checkpoint(name, wavs, tmp_path):
    teacher, random = pretrained(name, seed=0), pretrained(name, seed=1)
    torch.save(teacher.state_dict(), tmp_path / "encoder.ckpt")
    lens = torch.tensor([1.0, 0.6, 0.8])
    with torch.no_grad():
        expected = teacher.frames(wavs, lens)
        assert not torch.allclose(random.frames(wavs, lens)[0], expected[0])
    frozen = FrozenEncoder(random, tmp_path / "encoder.ckpt").train()
    for got, want in zip(frozen.frames(wavs, lens), expected):
        assert torch.equal(got, want) and not got.requires_grad
    assert frozen.frame_dim == expected[0].shape[2]


def test_nothing_moves_it_and_the_original_stays_free(wavs):
    encoder = pretrained()
    frozen = FrozenEncoder(encoder)
    before = frozen(wavs)
    frozen.train().requires_grad_(True)
    assert torch.equal(frozen(wavs), before)  # batch norm would have moved
    assert torch.equal(frozen(wavs), before)
    assert list(frozen.parameters()) == []
    assert all(p.requires_grad for p in encoder.parameters())
    with torch.no_grad():
        for p in encoder.parameters():
            p.add_(1)
    assert torch.equal(frozen(wavs), before)


def test_frames_are_full_precision_under_autocast(wavs):
    frozen = FrozenEncoder(pretrained())
    with torch.autocast("cpu", torch.bfloat16):
        assert torch.equal(frozen(wavs), frozen(wavs).float())
        inside = frozen(wavs)
    assert torch.equal(inside, frozen(wavs))


def test_it_is_a_front_end_of_another_encoder(wavs):
    frozen = FrozenEncoder(pretrained())
    encoder = UtteranceEncoder(
        frozen,
        StatisticsPooling(),
        2 * frozen.frame_dim,
        frame_layer="compute_features",
    )
    lens = torch.tensor([1.0, 0.5, 0.7])
    assert encoder(wavs, lens).shape == (3, encoder.embedding_dim)
    for got, want in zip(encoder.frames(wavs, lens), frozen.frames(wavs, lens)):
        assert torch.equal(got, want)


def test_the_front_end_alone_makes_the_fingerprint(hugging_face_model):
    def fingerprint(layer, seed):
        torch.manual_seed(seed)
        hub = hugging_face_model()
        encoder = UtteranceEncoder(
            HuggingFaceFrames("hubert", hub),
            torch.nn.Sequential(torch.nn.Linear(16, 4), StatisticsPooling()),
            8,
            frame_layer=layer,
        )
        return FrozenEncoder(encoder).fingerprint()

    # A random backbone behind the frames must not change their name
    front = fingerprint("compute_features", 0)
    assert fingerprint("compute_features", 1) == front
    assert fingerprint("0", 0) != fingerprint("0", 1) != front


def test_log_mels_as_frames(wavs):
    # Without a network: a front end that is not frozen has groups made for it
    encoder = pretrained()
    encoder.frame_layer = "compute_features"
    lens = torch.tensor([1.0, 0.5, 0.7])
    frames, shares = encoder.frames(wavs, lens)
    alone, _ = encoder.frames(wavs[1:2, :4000])
    assert torch.equal(frames[1, : alone.shape[1]], alone[0])
    assert round(shares[1].item() * frames.shape[1]) == alone.shape[1]


def test_what_cannot_be_loaded_is_said(tmp_path):
    encoder = pretrained()
    (tmp_path / "encoder.ckpt").touch()
    with pytest.raises(FileNotFoundError, match="did you mean 'encoder.ckpt'"):
        FrozenEncoder(encoder, tmp_path / "encodr.ckpt")
    torch.save(pretrained("xvector").state_dict(), tmp_path / "encoder.ckpt")
    with pytest.raises(ValueError, match="another network.* not in the file"):
        FrozenEncoder(encoder, tmp_path / "encoder.ckpt")
    encoder.frame_layer = None
    with pytest.raises(ValueError, match="name its frame_layer"):
        FrozenEncoder(encoder)
