"""Means over chosen frames against loops."""

import pytest
import torch

from sb_contrastive.adapter.masked_mean import masked_mean, mean_frame


@pytest.mark.parametrize("B, T", [(1, 1), (3, 8)])
def test_equals_the_mean_of_what_is_chosen(B, T):
    values, where = torch.randn(B, T), torch.rand(B, T) < 0.6
    where[0, 0] = True
    torch.testing.assert_close(masked_mean(values, where), values[where].mean())


def test_equals_the_mean_row_by_row():
    frames, where = torch.randn(3, 8, 2), torch.rand(3, 8) < 0.6
    where[:, 0] = True
    for row, x, chosen in zip(mean_frame(frames, where), frames, where):
        torch.testing.assert_close(row, x[chosen].mean(dim=0))


def test_nothing_chosen_keeps_the_graph():
    values = torch.randn(2, 3, requires_grad=True)
    nothing = torch.zeros(2, 3, dtype=torch.bool)
    mean = masked_mean(values, nothing)
    mean.backward()
    assert mean.item() == 0 and not values.grad.any()
    assert not mean_frame(values[..., None], nothing).any()


def test_what_is_not_chosen_may_be_anything():
    values = torch.tensor([[1.0, float("nan"), float("inf")]])
    only = torch.tensor([[True, False, False]])
    assert masked_mean(values, only) == 1
    assert mean_frame(values[..., None], only).item() == 1
