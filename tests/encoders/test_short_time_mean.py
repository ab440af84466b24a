"""ShortTimeMeanNorm against a loop over frames."""

import pytest
import torch

from sb_contrastive.encoders import ShortTimeMeanNorm


@pytest.mark.parametrize("T", [1, 2, 7, 40])
@pytest.mark.parametrize("context", [1, 3, 150])
def test_equals_a_loop_over_frames(T, context):
    x = torch.randn(2, T, 3)
    expected = torch.stack(
        [
            x[:, t] - x[:, max(t - context, 0) : t + context + 1].mean(dim=1)
            for t in range(T)
        ],
        dim=1,
    )
    out = ShortTimeMeanNorm(context)(x)
    torch.testing.assert_close(out, expected, atol=1e-5, rtol=1e-5)


def test_padding_is_in_no_mean():
    norm, x = ShortTimeMeanNorm(4), torch.randn(1, 20, 3)
    alone = norm(x[:, :12])
    x[:, 12:] = 99.0
    padded = norm(x, lengths=torch.tensor([0.6]))
    torch.testing.assert_close(padded[:, :12], alone, atol=1e-5, rtol=1e-5)
    assert padded.isfinite().all()


def test_a_long_window_is_the_mean_of_the_utterance():
    x = torch.randn(2, 30, 3)
    out = ShortTimeMeanNorm(150)(x)
    expected = x - x.mean(dim=1, keepdim=True)
    torch.testing.assert_close(out, expected, atol=1e-5, rtol=1e-5)


def test_a_window_of_nothing_is_refused():
    with pytest.raises(ValueError, match="1 frame or more"):
        ShortTimeMeanNorm(0)
