"""Pair monitors against a loop over all pairs of views."""

import math

import pytest
import torch

from sb_contrastive.evaluation import pair_agreement
from sb_contrastive.evaluation.embeddings import unit


def views(N, D, noise):
    generator = torch.Generator().manual_seed(0)
    z = torch.randn(N, D, generator=generator).repeat(2, 1, 1)
    return z + noise * torch.randn(2, N, D, generator=generator)


def slow(z1, z2):
    z = [v.tolist() for v in (*z1, *z2)]
    N = len(z1)
    cosine = {
        (i, j): sum(a * b for a, b in zip(z[i], z[j]))
        / math.hypot(*z[i])
        / math.hypot(*z[j])
        for i in range(2 * N)
        for j in range(2 * N)
    }
    positive = [cosine[i, i + N] for i in range(N)]
    negative = {k: c for k, c in cosine.items() if (k[0] - k[1]) % N}
    hits = [
        positive[i % N] > max(c for k, c in negative.items() if k[0] == i)
        for i in range(2 * N)
    ]
    return {
        "positive_cosine": sum(positive) / N,
        "negative_cosine": sum(negative.values()) / len(negative),
        "hit_rate": sum(hits) / (2 * N),
    }


@pytest.mark.parametrize("rows", [3, 1024])
@pytest.mark.parametrize("N, D, noise", [(2, 3, 0.5), (9, 4, 0.7), (9, 4, 3.0)])
def test_equals_the_loop(monkeypatch, N, D, noise, rows):
    monkeypatch.setattr(unit, "ROWS", rows)
    z1, z2 = views(N, D, noise)
    expected = slow(z1, z2)
    figures = pair_agreement(z1, 5 * z2)
    for name, value in figures.items():
        assert value.item() == pytest.approx(expected[name], abs=1e-6), name
    assert list(figures) == list(expected)


def test_views_that_agree_are_all_found_and_collapsed_ones_never():
    z1, z2 = views(6, 8, noise=0.0)
    assert pair_agreement(z1, z2)["hit_rate"] == 1
    flat = torch.ones(6, 8)
    figures = pair_agreement(flat, flat)
    assert figures["hit_rate"] == 0
    assert figures["negative_cosine"].item() == pytest.approx(1)


def test_one_utterance_has_no_strangers():
    with pytest.raises(ValueError, match="at least two utterances"):
        pair_agreement(torch.ones(1, 3), torch.ones(1, 3))
