"""The frozen layers below the trained ones, run apart, for every family."""

import copy
from pathlib import Path

import pytest
import soundfile
import torch

from sb_contrastive.data.audio.reading import read_span
from sb_contrastive.data.features.cache import FeatureCache
from sb_contrastive.encoders import Tuning, UtteranceEncoder, WhisperFrames
from sb_contrastive.encoders.pretrained.lower_frames import lower_frames

FAMILIES = ["hubert", "wav2vec2", "wavlm", "whisper"]
REAL = Path(__file__).parents[4] / "shared/models/whisper-tiny-en"


@pytest.fixture(scope="module", params=FAMILIES)
def family(request):
    return request.param


@pytest.fixture(scope="module")
def wavs():
    return 0.1 * torch.randn(
        2, 8000, generator=torch.Generator().manual_seed(0)
    )


@pytest.fixture
def topped(front_end, family):
    """Makes a front end of which the upper layers are trained."""

    def make(layers="all", top_layers=1, **options):
        return front_end(
            family, layers=layers, tuning=Tuning("top_k", top_layers, **options)
        )

    return make


def gradients(module, frames):
    module.zero_grad()
    frames.square().mean().backward()
    return {name: p.grad for name, p in module.named_parameters()}


@pytest.mark.parametrize(
    "layers, top_layers", [("last", 1), ("all", 2), ("weighted", 1)]
)
def test_both_parts_do_what_the_whole_does(topped, wavs, layers, top_layers):
    module = topped(layers, top_layers).eval()
    lower = lower_frames(module)
    kept = lower(wavs)
    count = 1 if layers == "last" else 3 - top_layers
    assert kept.shape[2] == lower.frame_dim == 16 * count
    assert not kept.requires_grad and not list(lower.parameters())
    frames, whole = module.upper(kept), module(wavs)
    torch.testing.assert_close(frames, whole, rtol=0, atol=1e-5)
    apart, together = gradients(module, frames), gradients(module, whole)
    assert apart.keys() == together.keys()
    for name, gradient in together.items():
        torch.testing.assert_close(apart[name], gradient, rtol=1e-4, atol=1e-6)
    # A norm behind the last layer, its own and the sum's weights, and no more
    own = [n for n in apart if "layer_weights" not in n]
    assert any(".layers.1." in name for name in own)
    assert any(".layers.0." in name for name in own) == (top_layers == 2)


def test_a_training_step_is_the_same_too(topped, wavs):
    module = topped().train()
    module.config.layerdrop = module.config.encoder_layerdrop = 0.0
    for part in module.tuned.modules():
        if isinstance(getattr(part, "dropout", None), float):
            part.dropout = 0.3  # of attention weights, or in Whisper's layers
    kept = lower_frames(module)(wavs)
    torch.manual_seed(1)
    frames = module.upper(kept)
    torch.manual_seed(1)
    torch.testing.assert_close(frames, module(wavs), rtol=0, atol=1e-5)
    assert not torch.allclose(frames, module.upper(kept))  # dropout


@pytest.mark.parametrize("family", ["wavlm", "whisper"])
def test_recomputed_layers_have_the_same_gradients(topped, wavs):
    found = []
    for recompute in (False, True):
        module = topped(recompute=recompute).train()
        kept = lower_frames(module)(wavs)
        torch.manual_seed(1)
        found.append(gradients(module, module.upper(kept)))
    for name, gradient in found[0].items():
        torch.testing.assert_close(found[1][name], gradient)


@pytest.mark.parametrize("family", ["wavlm", "whisper"])
def test_padding_changes_no_embedding(topped):
    class Mean(torch.nn.Module):
        def forward(self, x):
            return x.mean(dim=1)

    module = topped("weighted")
    encoder = UtteranceEncoder(module, Mean(), 16).eval()
    lower = lower_frames(module)
    wavs = 0.1 * torch.randn(3, 16000)
    alone = [lower(w[None, :n]) for w, n in zip(wavs, (16000, 9000, 12000))]
    padded = torch.nn.utils.rnn.pad_sequence(
        [frames[0] for frames in alone], batch_first=True
    )
    lens = torch.tensor([f.shape[1] for f in alone]) / padded.shape[1]
    padded[1, alone[1].shape[1] :] = 9.0
    z = encoder(padded, lens)
    for row, frames, n in zip(z, alone, (16000, 9000, 12000)):
        torch.testing.assert_close(row, encoder(frames)[0])
    torch.testing.assert_close(z[:1], encoder(wavs[:1]), rtol=0, atol=1e-5)


@pytest.mark.parametrize("family", ["hubert", "whisper"])
def test_the_cache_is_that_of_the_frozen_layers_alone(topped, wavs):
    module = topped("weighted")
    name = lower_frames(module).fingerprint()
    gradients(module, module(wavs))
    torch.optim.SGD(module.parameters(), 0.1).step()
    assert lower_frames(module).fingerprint() == name  # of another training
    assert lower_frames(topped("all")).fingerprint() == name
    assert lower_frames(topped("last")).fingerprint() != name
    assert lower_frames(topped("weighted", 2)).fingerprint() != name
    for place, tensor in module.tuned.fixed.tensors.items():
        if ".0." in place[0] or "conv" in place[0]:
            tensor.mul_(1.01)
            break
    assert lower_frames(module).fingerprint() != name


@pytest.mark.parametrize("family", ["whisper"])
def test_a_cache_holds_its_frames_in_half_precision(topped, wavs, tmp_path):
    path = tmp_path / "a.wav"
    soundfile.write(path, wavs[0].numpy(), 16000, subtype="FLOAT")
    module = topped().eval()
    cache = FeatureCache(tmp_path / "features", lower_frames(module))
    row = {"ID": "a", "wav": str(path), "start": 0, "stop": 8000}
    cache.build([row], progressbar=False)
    wav = torch.from_numpy(read_span(path, 0, 8000))[None]
    lower = lower_frames(module)(wav)
    torch.testing.assert_close(cache["a"], lower[0].half().float())
    frames = module.upper(cache["a"][None])
    torch.testing.assert_close(frames, module(wav), rtol=0, atol=5e-3)


def test_whisper_hears_long_audio_in_the_same_windows(front_end):
    module = front_end("whisper", tuning=Tuning("top_k", 1)).eval()
    lower = lower_frames(module)
    for samples in (32160, 79999):  # its windows are 2 s
        wav = 0.1 * torch.randn(1, samples)
        frames = module.upper(lower(wav))
        torch.testing.assert_close(frames, module(wav), rtol=0, atol=1e-5)


def test_layers_may_be_left_out(front_end, wavs):
    module = front_end("hubert", layers="all", tuning=Tuning("top_k", 1))
    module.config.layerdrop = 1.0
    kept = lower_frames(module)(wavs)
    states = module.train().upper(kept).unflatten(2, (3, 16))
    norm = module.tuned.network.encoder.layer_norm
    torch.testing.assert_close(states[:, :, 2], norm(states[:, :, 1]))


@pytest.mark.parametrize("tune", ["none", "lora", "all"])
def test_another_tuning_has_no_frozen_layers_below(front_end, tune):
    module = front_end("whisper", tuning=Tuning(tune))
    with pytest.raises(ValueError, match=f"tune: {tune} leaves no frozen"):
        lower_frames(module)


@pytest.mark.parametrize("family", ["hubert"])
def test_the_front_end_is_left_as_it_is(topped, wavs):
    module = topped()
    before = copy.deepcopy(module.state_dict())
    expected = module.eval()(wavs)
    lower_frames(module)(wavs)
    assert module.trains and module.states == 3
    assert torch.equal(module(wavs), expected)
    assert module.state_dict().keys() == before.keys()


def test_the_real_encoder(wavs):
    if not REAL.is_dir():
        pytest.skip(f"there is no pretrained Whisper in {REAL}")
    module = WhisperFrames(REAL, "all", Tuning("top_k")).eval()
    kept = lower_frames(module)(wavs)
    assert kept.shape == (2, 25, 3 * 384)
    scale = module(wavs).abs().max()
    for frames, most in ((kept, 1e-5), (kept.half(), 1e-3)):
        error = (module.upper(frames.float()) - module(wavs)).abs().max()
        assert error < most * scale
