"""Mean and variance over time against a loop over frames, with and without weights."""

import torch

from sb_contrastive.encoders.pooling.moments import (
    mean_and_deviation,
    mean_and_variance,
    mean_over_time,
)


def frames(B=2, T=7, D=3):
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(B, T, D, generator=generator, dtype=torch.float64)
    weights = torch.rand(B, T, 1, generator=generator, dtype=torch.float64)
    return x, weights / weights.sum(dim=1, keepdim=True)


def slow(x, weights):
    """Every utterance and channel on its own, one frame at a time."""
    B, T, D = x.shape
    mean, variance = torch.zeros(2, B, 1, D, dtype=x.dtype)
    for b in range(B):
        for d in range(D):
            for t in range(T):
                mean[b, 0, d] += weights[b, t, 0] * x[b, t, d]
            for t in range(T):
                difference = x[b, t, d] - mean[b, 0, d]
                variance[b, 0, d] += weights[b, t, 0] * difference**2
    return mean, variance


def test_weighted_moments_equal_a_loop():
    x, weights = frames()
    for value, expected in zip(mean_and_variance(x, weights), slow(x, weights)):
        torch.testing.assert_close(value, expected)
    torch.testing.assert_close(mean_over_time(x, weights), slow(x, weights)[0])


def test_without_weights_all_frames_count_alike():
    x, _ = frames()
    even = torch.full((2, 7, 1), 1 / 7, dtype=x.dtype)
    for value, expected in zip(mean_and_variance(x), slow(x, even)):
        torch.testing.assert_close(value, expected)


def test_deviation_is_the_root_of_the_variance():
    x, weights = frames()
    mean, variance = slow(x, weights)
    expected = torch.cat([mean, variance.sqrt()], dim=-1)
    torch.testing.assert_close(mean_and_deviation(x, weights), expected)
