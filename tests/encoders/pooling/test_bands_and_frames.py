"""Poolings of [B, C, F, T] frame by frame and channel by channel."""

import torch

from sb_contrastive.encoders.pooling.bands_and_frames import (
    ChannelAttentivePooling,
    MeanAndDeviation,
    SelfAttentivePooling,
)


def test_statistics_are_those_of_every_channel_and_band():
    x = torch.randn(2, 3, 4, 9)
    pooled = MeanAndDeviation(3, 4)(x)
    mean, std = x.mean(dim=3), x.std(dim=3, unbiased=False)
    expected = torch.cat([mean.flatten(1), std.flatten(1)], dim=1)
    torch.testing.assert_close(pooled, expected)


def test_statistics_of_a_constant_have_a_gradient():
    x = torch.ones(1, 1, 1, 5, requires_grad=True)
    MeanAndDeviation(1, 1)(x).sum().backward()
    assert x.grad.isfinite().all()


def test_self_attention_frame_by_frame():
    pool, x = SelfAttentivePooling(3, 4), torch.randn(1, 3, 4, 6)
    frames = [x[0, :, :, t].mean(dim=1) for t in range(6)]
    W, b, v = (*pool.attention[0].parameters(), pool.attention[2].weight[0])
    marks = torch.stack([v @ torch.tanh(W @ f + b) for f in frames])
    weights = marks.exp() / marks.exp().sum()
    expected = sum(w * f for w, f in zip(weights, frames))
    torch.testing.assert_close(pool(x)[0], expected)


def test_channel_attention_weighs_each_channel_on_its_own():
    pool, x = ChannelAttentivePooling(2, 2).eval(), torch.randn(1, 2, 2, 5)
    flat = x.flatten(1, 2)
    weights = pool.attention(flat).softmax(dim=2)
    assert not torch.allclose(weights[0, 0], weights[0, 1])
    expected = [(weights[0, c] * flat[0, c]).sum() for c in range(4)]
    torch.testing.assert_close(pool(x)[0], torch.stack(expected))
