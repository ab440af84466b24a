"""UtteranceEncoder: one embedding per utterance, alone or in any batch."""

from pathlib import Path

import pytest
import torch
from hyperpyyaml import load_hyperpyyaml
from speechbrain.lobes.features import Fbank
from speechbrain.lobes.models.Xvector import Xvector
from torch.nn.functional import cosine_similarity
from torch.nn.utils.rnn import pad_sequence

from sb_contrastive.encoders import UtteranceEncoder

MODELS = Path(__file__).parents[2] / "hparams" / "models"
NAMES = ["ecapa", "xvector", "xvector_multilevel", "resnet"]
SAMPLES = [16000, 9000, 12345, 16000, 9000, 7000]  # two pairs of equal length


@pytest.fixture(scope="module", params=NAMES)
def encoder(request):
    torch.manual_seed(0)
    path = (MODELS / f"{request.param}.yaml").as_posix()
    encoder = load_hyperpyyaml(f"encoder: !include:{path}")["encoder"]
    # Batch-norm statistics that are not those of a fresh layer
    encoder.train()
    with torch.no_grad():
        encoder(torch.stack([speech_like(8000, seed) for seed in range(4)]))
    return encoder.eval()


@pytest.fixture(scope="module")
def batch():
    wavs = [speech_like(n, seed) for seed, n in enumerate(SAMPLES)]
    lens = torch.tensor(SAMPLES) / max(SAMPLES)
    return wavs, pad_sequence(wavs, batch_first=True), lens


def speech_like(samples, seed):
    """Noise that swells and fades, so that frames and utterances differ."""
    generator = torch.Generator().manual_seed(seed)
    t = torch.arange(samples) / 16000
    swell = 0.6 + 0.4 * torch.sin(2 * torch.pi * (3 + seed) * t + seed)
    tone = torch.sin(2 * torch.pi * (150 + 70 * seed) * t)
    return 0.1 * swell * (tone + torch.randn(samples, generator=generator))


def tiny(**options):
    backbone = Xvector(
        in_channels=8,
        tdnn_blocks=2,
        tdnn_channels=[8, 8],
        tdnn_kernel_sizes=[3, 1],
        tdnn_dilations=[1, 1],
        lin_neurons=6,
    )
    return UtteranceEncoder(Fbank(n_mels=8), backbone, 6, **options)


@torch.no_grad()
def test_padded_in_a_batch_equals_alone(encoder, batch):
    wavs, padded, lens = batch
    together = encoder(padded, lens)
    assert together.shape == (len(wavs), encoder.embedding_dim)
    alone = torch.cat([encoder(wav[None]) for wav in wavs])
    assert cosine_similarity(together, alone).min() > 0.9999
    torch.testing.assert_close(together, alone, rtol=1e-3, atol=1e-4)


@torch.no_grad()
def test_utterances_keep_their_order(encoder, batch):
    # Nearest to each row is the same utterance alone, not another one
    wavs, padded, lens = batch
    together = encoder(padded, lens)
    alone = torch.cat([encoder(wav[None]) for wav in wavs])
    nearest = torch.cdist(together, alone).argmin(dim=1)
    assert nearest.tolist() == list(range(len(wavs)))


@torch.no_grad()
def test_what_stands_in_the_padding_does_not_matter(encoder, batch):
    _, padded, lens = batch
    dirty = padded.clone()
    for row, samples in zip(dirty, SAMPLES):
        row[samples:] = 0.3
    assert torch.equal(encoder(dirty, lens), encoder(padded, lens))


@torch.no_grad()
def test_twice_the_same(encoder, batch):
    _, padded, lens = batch
    assert torch.equal(encoder(padded, lens), encoder(padded, lens))


@torch.no_grad()
def test_no_lengths_means_full_rows(encoder, batch):
    _, padded, _ = batch
    full = torch.ones(len(padded))
    assert torch.equal(encoder(padded), encoder(padded, full))


@torch.no_grad()
def test_frames_padded_in_a_batch_equal_alone(encoder, batch):
    wavs, padded, lens = batch
    frames, shares = encoder.frames(padded, lens)
    B, T, D = frames.shape
    assert B == len(wavs) and shares.shape == (B,) and shares.max() == 1
    for row, share, wav in zip(frames, shares, wavs):
        alone, one = encoder.frames(wav[None])
        valid = round(share.item() * T)
        assert one.item() == 1
        assert alone.shape == (1, valid, D)
        torch.testing.assert_close(row[:valid], alone[0], rtol=1e-3, atol=1e-3)
        assert not row[valid:].any()


@torch.no_grad()
def test_frames_are_time_by_channels(encoder):
    # Twice the audio: twice the frames, and channels as many as before
    short, _ = encoder.frames(speech_like(16000, 0)[None])
    long, _ = encoder.frames(speech_like(32000, 0)[None])
    assert short.shape[2] == long.shape[2]
    assert long.shape[1] / short.shape[1] == pytest.approx(2, rel=0.1)


@torch.no_grad()
def test_frames_leave_no_hook_behind(encoder, batch):
    _, padded, lens = batch
    before = encoder(padded, lens)
    encoder.frames(padded, lens)
    hooks = [h for m in encoder.modules() for h in m._forward_hooks.values()]
    assert not hooks
    assert torch.equal(encoder(padded, lens), before)


def test_affine_modules_have_parameters(encoder):
    modules = encoder.affine_modules()
    assert len(modules) == len(encoder.affine) > 0
    for module in modules:
        assert sum(p.numel() for p in module.parameters()) > 0
    # They make the embedding: the last of them puts out D numbers
    caught = []
    hook = modules[-1].register_forward_hook(
        lambda module, inputs, output: caught.append(output)
    )
    with torch.no_grad():
        encoder(speech_like(8000, 0)[None])
    hook.remove()
    assert encoder.embedding_dim in caught[0].shape


def test_the_affine_part_of_the_state_makes_the_embedding(encoder):
    state = encoder.state_dict()
    part = {name: state[name] for name in filter(encoder.is_affine, state)}
    own = {
        value.data_ptr()
        for module in encoder.affine_modules()
        for value in module.state_dict().values()
    }
    assert {value.data_ptr() for value in part.values()} == own
    assert part.keys() < state.keys()


def test_affine_modules_come_after_the_frames(encoder):
    # Training them alone must not move the frame level
    affine = {id(p) for m in encoder.affine_modules() for p in m.parameters()}
    layer = encoder.backbone.get_submodule(encoder.frame_layer)
    assert affine.isdisjoint(id(p) for p in layer.parameters())
    wavs = torch.stack([speech_like(8000, s) for s in range(2)])
    with torch.no_grad():
        before, _ = encoder.frames(wavs)
        state = {k: v.clone() for k, v in encoder.state_dict().items()}
        old = encoder(wavs)
        for module in encoder.affine_modules():
            for p in module.parameters():
                p.add_(0.1)
        after, _ = encoder.frames(wavs)
        new = encoder(wavs)
        encoder.load_state_dict(state)
    assert torch.equal(before, after)
    assert not torch.allclose(old, new)


def test_gradient_reaches_every_parameter(encoder):
    encoder.train()
    wavs = torch.stack([speech_like(8000, s) for s in range(4)])
    encoder(wavs).pow(2).sum().backward()
    missing = [n for n, p in encoder.named_parameters() if p.grad is None]
    encoder.zero_grad(set_to_none=True)
    encoder.eval()
    assert not missing


def test_a_misspelt_layer_is_refused_with_the_nearest():
    with pytest.raises(ValueError, match="'blocks.17'.* did you mean 'blocks"):
        tiny(affine=["blocks.17"])
    with pytest.raises(ValueError, match="no submodule 'block.5'.* did you"):
        tiny(frame_layer="block.5")
    with pytest.raises(ValueError, match="its parts are blocks"):
        tiny(affine=["zzz"])


def test_frames_without_a_layer_say_what_to_do():
    with pytest.raises(ValueError, match="give frame_layer"):
        tiny().frames(torch.zeros(1, 8000))


def test_an_embedding_needs_no_relative_length_to_be_exact():
    # 1/3 and the like are not exact in float32
    encoder = tiny().eval()
    wavs = [speech_like(n, 1) for n in (40003, 13334, 7001)]
    lens = torch.tensor([len(w) / 40003 for w in wavs])
    with torch.no_grad():
        together = encoder(pad_sequence(wavs, batch_first=True), lens)
        alone = torch.cat([encoder(w[None]) for w in wavs])
    torch.testing.assert_close(together, alone)
