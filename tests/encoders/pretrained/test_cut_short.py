"""Pretrained networks of which only the lowest layers are kept, for every family."""

import pytest
import torch

from sb_contrastive.encoders import Tuning
from sb_contrastive.encoders.pretrained.hugging_face import HuggingFaceFrames
from sb_contrastive.encoders.pretrained.lower_frames import lower_frames

FAMILIES = ["hubert", "wav2vec2", "wavlm", "whisper"]


@pytest.fixture(scope="module")
def wavs():
    return 0.1 * torch.randn(
        2, 8000, generator=torch.Generator().manual_seed(0)
    )


def layers_of(module):
    network = module.tuned.network if module.trains else module.on("cpu")
    return network.get_submodule(module.layout.layers)


@pytest.mark.parametrize("family", FAMILIES)
def test_the_lowest_layers_give_what_they_give_in_the_whole(
    front_end, family, wavs
):
    low, low_layer, last = front_end(family, layers="all")(wavs).chunk(3, dim=2)
    short = front_end(family, layers="all", depth=1)
    assert len(layers_of(short)) == 1 and short.frame_dim == 32
    frames = short(wavs)
    torch.testing.assert_close(frames, torch.cat([low, low_layer], dim=2))
    alone = front_end(family, depth=1)(wavs)
    torch.testing.assert_close(alone, low_layer)
    assert not torch.allclose(alone, last)


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("number, kept", [(0, 1), (1, 1), (2, 2)])
def test_one_layer_is_read_without_those_above_it(
    front_end, family, number, kept
):
    assert len(layers_of(front_end(family, layers=number))) == kept


@pytest.mark.parametrize("family", FAMILIES)
def test_what_is_kept_is_trained(front_end, family, wavs):
    module = front_end(family, depth=1, tuning=Tuning("all")).train()
    module.config.layerdrop = module.config.encoder_layerdrop = 0.0
    module(wavs).square().mean().backward()
    names = [n for n, p in module.named_parameters() if p.grad is not None]
    assert any(".layers.0." in name for name in names)
    assert not any(".layers.1." in name for name in names)
    whole = front_end(family, tuning=Tuning("all"))
    assert module.state_dict().keys() < whole.state_dict().keys()


def test_upper_layers_are_counted_from_the_depth(front_end, wavs):
    module = front_end("wavlm", depth=1, tuning=Tuning("top_k", 1)).eval()
    lower = lower_frames(module)
    assert len(layers_of(lower)) == 0 and len(layers_of(module)) == 1
    torch.testing.assert_close(module.upper(lower(wavs)), module(wavs))


def test_another_depth_is_another_encoder(front_end):
    whole, short = front_end("whisper"), front_end("whisper", depth=1)
    assert whole.fingerprint() != short.fingerprint()
    with pytest.raises((RuntimeError, ValueError)):
        short.load_state_dict(whole.state_dict())


def test_more_layers_than_there_are_are_refused(front_end):
    with pytest.raises(ValueError, match="of the 2 layers of .* stay, got 3"):
        front_end("hubert", depth=3)
    with pytest.raises(ValueError, match="a number from 0 to 1, the layers"):
        front_end("whisper", layers=2, depth=1)


def test_layers_behind_the_transformer_hear_the_last_one(hugging_face_model):
    hub = hugging_face_model("wav2vec2", add_adapter=True, num_adapter_layers=1)
    with pytest.raises(ValueError, match="leave depth at null"):
        HuggingFaceFrames("wav2vec2", hub, depth=1)
    one = HuggingFaceFrames("wav2vec2", hub, layers=1)
    assert len(layers_of(one)) == 2
