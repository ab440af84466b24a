"""EncoderFrames gives the frames of an encoder, and keeps its weights."""

import torch
from speechbrain.lobes.features import Fbank

from sb_contrastive.encoders import EncoderFrames, UtteranceEncoder, XVector


def encoder():
    xvector = XVector(in_channels=20, lin_neurons=8, tdnn_channels=[8] * 5)
    fbank = Fbank(n_mels=20)
    return UtteranceEncoder(
        fbank, xvector, 8, frame_layer="blocks.2", frame_axis=1
    ).eval()


def test_frames_are_those_of_the_encoder():
    base, wavs = encoder(), torch.randn(2, 8000)
    lens = torch.tensor([1.0, 0.5])
    expected, _ = base.frames(wavs, lens)
    assert torch.equal(EncoderFrames(base)(wavs, lens), expected)


def test_the_state_holds_the_weights_of_the_encoder():
    base = encoder()
    state = EncoderFrames(base).state_dict()
    for name, value in base.state_dict().items():
        assert torch.equal(state[f"encoder.{name}"], value)
