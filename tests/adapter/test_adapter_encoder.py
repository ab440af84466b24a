"""The utterance encoder on top of frames: padding, waveforms, which part is which."""

import pytest
import torch
from speechbrain.lobes.features import Fbank

from sb_contrastive.adapter import AdapterEncoder, WAPTransformer
from sb_contrastive.encoders import (
    AttentivePooling,
    MeanPooling,
    StatisticsPooling,
    UtteranceEncoder,
)


class Sums(torch.nn.Module):
    """A backbone whose frames are log-mels through a linear layer."""

    def __init__(self):
        super().__init__()
        self.frame = torch.nn.Linear(16, 12)

    def forward(self, features):
        return self.frame(features).sum(dim=1)


def built(pooling=None, frame_encoder=None):
    torch.manual_seed(0)
    adapter = WAPTransformer(12, 8, heads=2, feedforward=16, position_groups=2)
    pooling = pooling or AttentivePooling(8, 4)
    return AdapterEncoder(adapter, pooling, 0.5, frame_encoder).eval()


@pytest.mark.parametrize("pooling", [AttentivePooling(8, 4), MeanPooling(8)])
def test_padding_changes_no_embedding(pooling):
    encoder, counts = built(pooling), [20, 7, 1]
    frames = torch.randn(3, 20, 12)
    embeddings = encoder(frames, torch.tensor(counts) / 20)
    assert embeddings.shape == (3, encoder.embedding_dim)
    for row, x, count in zip(embeddings, frames, counts):
        torch.testing.assert_close(
            row, encoder(x[None, :count])[0], rtol=1e-4, atol=1e-5
        )


def test_any_pooling_of_the_project_fits():
    pooling = StatisticsPooling()
    pooling.output_dim = 16
    assert built(pooling)(torch.randn(2, 9, 12)).shape == (2, 16)


def test_waveforms_become_frames_first():
    frame_encoder = UtteranceEncoder(
        Fbank(n_mels=16), Sums(), 12, frame_layer="frame", frame_axis=1
    ).eval()
    encoder = built(frame_encoder=frame_encoder)
    wavs, lens = torch.randn(2, 8000), torch.tensor([1.0, 0.6])
    frames, shares = frame_encoder.frames(wavs, lens)
    torch.testing.assert_close(encoder(wavs, lens), encoder(frames, shares))
    torch.testing.assert_close(
        encoder(wavs, lens)[1:], encoder(wavs[1:, :4800]), rtol=1e-4, atol=1e-4
    )


def test_frames_of_a_cache_may_be_half_precision():
    encoder, frames = built(), torch.randn(2, 9, 12)
    given = encoder(frames.half())
    assert given.dtype == torch.float32
    torch.testing.assert_close(given, encoder(frames), rtol=1e-2, atol=1e-2)


def test_the_embedding_is_dropped_in_training_only():
    encoder, frames = built(), torch.randn(8, 9, 12)
    encoder.adapter.eval()
    whole = encoder(frames)
    encoder.dropout.train()
    dropped = encoder(frames)
    zeros = dropped == 0
    assert 0.3 < zeros.float().mean() < 0.7
    torch.testing.assert_close(dropped[~zeros], 2 * whole[~zeros])


def test_the_affine_part_is_pooling_and_normalisation():
    encoder = built()
    assert encoder.affine_modules() == [encoder.pooling, encoder.norm]
    for name in encoder.state_dict():
        assert encoder.is_affine(name) != name.startswith("adapter.")


def test_embeddings_are_normalised_over_the_batch():
    # A large constant in every frame would drown what differs
    encoder = built().train()
    encoder.dropout.p = 0.0
    embeddings = encoder(100 + torch.randn(16, 9, 12))
    torch.testing.assert_close(
        embeddings.mean(0), torch.zeros(16), rtol=0, atol=1e-4
    )
    assert embeddings.std(0).min() > 0.3


def test_waveforms_without_a_frame_encoder_are_refused():
    with pytest.raises(ValueError, match=r"frames \[B, T, D\].*\[2, 8000\]"):
        built()(torch.randn(2, 8000))
