"""StatisticsPooling against NumPy on each row's own frames."""

import numpy as np
import pytest
import torch

from sb_contrastive.encoders import StatisticsPooling


@pytest.mark.parametrize("B, T, D", [(1, 1, 1), (1, 7, 3), (4, 50, 5)])
def test_equals_numpy_on_the_valid_frames(B, T, D):
    generator = torch.Generator().manual_seed(0)
    frames = torch.randn(B, T, D, generator=generator)
    valid = [max(T - 3 * b, 1) for b in range(B)]
    pooled = StatisticsPooling()(frames, torch.tensor(valid) / T)
    assert pooled.shape == (B, 1, 2 * D)
    for row, frame, n in zip(pooled[:, 0], frames.numpy(), valid):
        expected = np.concatenate([frame[:n].mean(0), frame[:n].std(0)])
        np.testing.assert_allclose(row, expected, rtol=1e-4, atol=2e-5)


def test_no_lengths_means_all_frames():
    frames = torch.randn(3, 20, 4)
    pool = StatisticsPooling()
    assert torch.equal(pool(frames), pool(frames, torch.ones(3)))


def test_padding_has_no_part_in_it():
    frames = torch.randn(2, 20, 4)
    dirty = frames.clone()
    dirty[1, 12:] = 99.0
    pool, lengths = StatisticsPooling(), torch.tensor([1.0, 0.6])
    assert torch.equal(pool(dirty, lengths), pool(frames, lengths))


def test_it_is_free_of_noise():
    frames, pool = torch.randn(2, 20, 4), StatisticsPooling()
    assert torch.equal(pool(frames), pool(frames))


def test_a_large_offset_does_not_spoil_the_deviation():
    # E[x^2] - E[x]^2 would lose it
    frames = 1000 + torch.tensor([[[1.0], [-1.0]]]).repeat(1, 50, 1)
    assert StatisticsPooling()(frames)[0, 0, 1].item() == pytest.approx(1, 1e-3)


def test_the_gradient_is_finite_where_a_channel_is_constant():
    frames = torch.ones(1, 10, 2, requires_grad=True)
    StatisticsPooling()(frames).sum().backward()
    assert frames.grad.isfinite().all()


def test_it_keeps_the_type_of_the_frames():
    frames = torch.randn(1, 10, 2, dtype=torch.float64)
    assert StatisticsPooling()(frames).dtype == torch.float64
