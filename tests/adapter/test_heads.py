"""Frame heads: sizes of the paper's scale, and cosines to centroids."""

import pytest
import torch

from sb_contrastive.adapter import (
    AttributeHead,
    CosineAttributeHead,
    distillation_head,
    prediction_head,
)


def count(module):
    return sum(p.numel() for p in module.parameters())


def test_number_of_parameters():
    D, K = 16, 10
    assert count(prediction_head(D)) == 2 * D + 8 * D + 8 + 8 * D + D
    assert count(prediction_head(D, 40)) == 2 * D + 8 * D + 8 + 8 * 40 + 40
    assert count(distillation_head(D)) == 2 * D + D * D + D
    assert count(AttributeHead(D, K)) == D * K + K
    assert count(CosineAttributeHead(D)) == D * D + D


def test_cosines_over_the_temperature():
    head, z, c = CosineAttributeHead(4), torch.randn(2, 3, 4), torch.randn(5, 4)
    logits = head(z, c)
    for b in range(2):
        for t in range(3):
            for k in range(5):
                p = head.projection(z[b, t])
                cosine = (p @ c[k]) / (p.norm() * c[k].norm())
                assert logits[b, t, k].item() == pytest.approx(
                    cosine.item() / 0.1, abs=1e-4
                )


def test_the_order_of_the_centroids_is_that_of_the_logits():
    head, z, c = CosineAttributeHead(4), torch.randn(7, 4), torch.randn(5, 4)
    order = torch.randperm(5)
    torch.testing.assert_close(head(z, c[order]), head(z, c)[:, order])
