"""SpreadLoss against loops over coordinates, and RDINO's formula."""

import pytest
import torch

from sb_contrastive.losses import SpreadLoss


def parts(z):
    """v and c of one crop, coordinate by coordinate."""
    N, D = z.shape
    z = z - z.mean(dim=0)
    v = c = 0.0
    for i in range(D):
        var = (z[:, i] ** 2).sum() / (N - 1)
        v += max(0.0, 1 - (var.item() + 1e-4) ** 0.5) / D
        for j in range(D):
            if i != j:
                c += ((z[:, i] * z[:, j]).sum() / (N - 1)).item() ** 2 / D
    return v, c


def test_the_mean_over_two_crops_is_the_term_of_rdino():
    x, y = 0.4 * torch.randn(2, 7, 5, dtype=torch.float64)
    (vx, cx), (vy, cy) = parts(x), parts(y)
    rdino = 10 * (vx + vy) / 2 + cx + cy
    loss = SpreadLoss()
    assert ((loss(x) + loss(y)) / 2).item() == pytest.approx(rdino, rel=1e-9)
    assert torch.autograd.gradcheck(loss, x.requires_grad_())


def test_one_utterance_has_no_variance():
    with pytest.raises(ValueError, match="two utterances, got 1"):
        SpreadLoss()(torch.zeros(1, 3))
