"""Whisper's encoder: its features, its frames at the real length, its windows."""

from pathlib import Path

import pytest
import torch
import transformers
from safetensors.torch import load_file, save_file
from torch.nn import functional as F

from sb_contrastive.encoders import Tuning, WhisperFrames
from sb_contrastive.encoders.pretrained.log_mel import WhisperLogMel

REAL = Path(__file__).parents[4] / "shared/models/whisper-tiny-en"


@pytest.fixture(scope="module")
def encoder(whisper_model):
    return WhisperFrames(whisper_model)


@pytest.fixture(scope="module")
def wavs():
    generator = torch.Generator().manual_seed(0)
    return 0.1 * torch.randn(3, 16000, generator=generator)


@pytest.mark.parametrize("bands", [80, 128])
def test_features_are_those_of_transformers(wavs, bands):
    extract = transformers.WhisperFeatureExtractor(feature_size=bands)
    expected = extract(
        list(wavs.numpy()), sampling_rate=16000, padding=False
    ).input_features
    mel = WhisperLogMel(bands)(wavs)
    for row, other in zip(mel, expected):
        torch.testing.assert_close(
            row, torch.as_tensor(other), rtol=0, atol=1e-4
        )


def test_a_full_window_is_what_transformers_says(encoder, whisper_model):
    wav = 0.1 * torch.randn(1, 32000)  # 2 s, the window of this model
    model = transformers.WhisperModel.from_pretrained(whisper_model).eval()
    with torch.no_grad():
        mel = encoder.compute_mel(wav)
        expected = model.encoder(mel, output_hidden_states=True)
    torch.testing.assert_close(encoder(wav), expected.last_hidden_state)
    states = WhisperFrames(whisper_model, layers="all")(wav)
    inputs = expected.hidden_states[:2]  # of both layers
    slow = torch.cat([*inputs, expected.last_hidden_state], dim=-1)
    torch.testing.assert_close(states, slow)


def test_one_layer_is_a_part_of_all(whisper_model, wavs):
    every = WhisperFrames(whisper_model, layers="all")(wavs).chunk(3, dim=2)
    for number, expected in enumerate(every):  # the input and both layers
        one = WhisperFrames(whisper_model, layers=number)
        torch.testing.assert_close(one(wavs), expected, rtol=0, atol=0)
        assert one.frame_dim == expected.shape[2]


def test_layers_that_there_are_not_are_refused(whisper_model):
    with pytest.raises(ValueError, match="a number from 0 to 2, the layers"):
        WhisperFrames(whisper_model, layers=3)
    with pytest.raises(ValueError, match="would train others above it"):
        WhisperFrames(whisper_model, layers=1, tuning=Tuning("lora"))


def test_padding_changes_no_frame(encoder, wavs):
    wavs = wavs.clone()
    shares = torch.tensor([1.0, 0.5, 0.73])
    frames, lens = encoder.frames(wavs, shares)
    for row, share, length, wav in zip(frames, shares, lens, wavs):
        alone = encoder(wav[None, : round(share.item() * 16000)])[0]
        valid = round(length.item() * frames.shape[1])
        assert valid == len(alone) == round(50 * share.item())
        torch.testing.assert_close(row[:valid], alone, rtol=0, atol=1e-5)
        assert not row[valid:].any()


def test_longer_audio_is_heard_in_equal_windows(encoder):
    wav = 0.1 * torch.randn(1, 5 * 16000)  # 5 s in windows of at most 2 s
    frames = encoder(wav)
    assert frames.shape[1] == 250
    mel = encoder.compute_mel(wav)
    network = encoder.frozen.network
    slow = []
    for part in mel.split(168, dim=2):  # a third of 500, and even
        x = F.gelu(network.conv2(F.gelu(network.conv1(part)))).transpose(1, 2)
        x = x + network.embed_positions.weight[: x.shape[1]]
        for layer in network.layers:
            x = layer(x, None)
        slow.append(network.layer_norm(x))
    torch.testing.assert_close(frames, torch.cat(slow, dim=1))


def test_the_encoder_alone_and_the_full_model_are_the_same(
    encoder, whisper_model, tmp_path, wavs
):
    weights = load_file(whisper_model / "model.safetensors")
    own = {k: v for k, v in weights.items() if k.startswith("encoder.")}
    assert 0 < len(own) < len(weights)
    for prefix in ("", "model."):
        folder = tmp_path / f"with{prefix}"
        folder.mkdir()
        config = (whisper_model / "config.json").read_text()
        (folder / "config.json").write_text(config)
        named = {prefix + k: v.contiguous() for k, v in own.items()}
        save_file(named, folder / "model.safetensors", {"format": "pt"})
        assert torch.equal(WhisperFrames(folder)(wavs), encoder(wavs))
    del named["model.encoder.conv1.weight"]
    save_file(named, folder / "model.safetensors", {"format": "pt"})
    with pytest.raises(FileNotFoundError, match="missing, such as conv1"):
        WhisperFrames(folder)


def test_other_models_and_too_short_audio_are_told(
    encoder, hugging_face_model, tmp_path
):
    with pytest.raises(ValueError, match="is a hubert model.*--encoder hubert"):
        WhisperFrames(hugging_face_model())
    with pytest.raises(FileNotFoundError, match="no folder .*as hub"):
        WhisperFrames(tmp_path / "none")
    with pytest.raises(ValueError, match="needs 400 samples.* has 399"):
        encoder(torch.zeros(1, 399))


def test_the_gradient_reaches_the_waveform(whisper_model):
    module = WhisperFrames(whisper_model, tuning=Tuning("all"))
    wav = (0.1 * torch.randn(1, 8000)).requires_grad_(True)
    module(wav).square().mean().backward()
    assert wav.grad.abs().sum() > 0


def test_masks_are_for_training_alone(whisper_model, wavs):
    module = WhisperFrames(
        whisper_model, tuning=Tuning("all", spec_augment=True)
    )
    plain = WhisperFrames(whisper_model)(wavs)
    assert torch.equal(module.eval()(wavs), plain)
    module.train()
    torch.manual_seed(0)
    masked = module(wavs)
    assert not torch.allclose(masked, plain)
    torch.manual_seed(0)
    assert torch.equal(module(wavs), masked)


def test_the_real_encoder():
    if not REAL.is_dir():
        pytest.skip(f"there is no pretrained Whisper in {REAL}")
    wav = 0.1 * torch.randn(
        1, 16000, generator=torch.Generator().manual_seed(1)
    )
    frozen = WhisperFrames(REAL, layers="all")
    frames = frozen(wav)
    assert frames.shape == (1, 50, 5 * 384) and frames.isfinite().all()
    for tune in ("top_k", "lora", "houlsby", "all"):
        module = WhisperFrames(REAL, "all", Tuning(tune))
        assert torch.equal(module(wav), frames)
        assert module.state_dict()["_extra_state"].equal(
            frozen.state_dict()["_extra_state"]
        )
