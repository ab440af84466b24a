"""Spread over frames against torch.std, and when a run is stopped."""

import pytest
import torch

from sb_contrastive.adapter.collapse import FrameDeviation, check_collapse


def test_deviation_of_all_frames_of_all_batches():
    deviation, every = FrameDeviation(), []
    for T in (3, 7, 1):
        frames, where = 100 + torch.randn(2, T, 4), torch.rand(2, T) < 0.7
        where[0, 0] = True
        deviation.add(frames.masked_fill(~where[..., None], 1e6), where)
        every.append(frames[where])
    expected = torch.cat(every).std(dim=0, correction=0).mean()
    torch.testing.assert_close(deviation.std(), expected)


@pytest.mark.parametrize(
    "figures, message",
    [
        ({"target_std": 0.09}, "target_std is 0.09, below 0.1"),
        ({"target_std": 1, "prediction_std": 0.009}, "prediction_std is 0.009"),
    ],
)
def test_a_collapse_stops_the_run(figures, message):
    with pytest.raises(RuntimeError, match=message):
        check_collapse(figures, 64, 0.1, 0.01)


def test_few_attributes_are_a_warning():
    figures = {"target_std": 1.0, "codebook_perplexity": torch.tensor(6.3)}
    assert "6.3 of 64" in check_collapse(figures, 64, 0.1, 0.01)
    figures["codebook_perplexity"] = torch.tensor(6.5)
    assert check_collapse(figures, 64, 0.1, 0.01) is None
    assert check_collapse({"target_std": 1.0}, None, 0.1, 0.01) is None
