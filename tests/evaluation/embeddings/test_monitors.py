import math

import pytest
import torch

from sb_contrastive.evaluation.embeddings.monitors import (
    effective_rank,
    embedding_std,
    mean_cosine,
    prototype_perplexity,
    teacher_entropy,
    teacher_information,
)

EMBEDDING_MONITORS = [embedding_std, mean_cosine, effective_rank]


def random_embeddings(N, D, seed=0):
    return torch.randn(N, D, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("N, D", [(2, 1), (8, 4), (50, 192)])
def test_collapsed_embeddings(N, D):
    z = random_embeddings(1, D).expand(N, D)
    assert embedding_std(z) == pytest.approx(0, abs=1e-5)
    assert mean_cosine(z) == pytest.approx(1, abs=1e-5)
    assert effective_rank(z) == pytest.approx(1, abs=1e-3)


@pytest.mark.parametrize("D", [2, 16, 64])
def test_orthogonal_embeddings(D):
    z = 3 * torch.eye(D)
    # each dimension: one 1 among D - 1 zeros
    deviation = math.sqrt(1 / D - 1 / D**2)
    assert embedding_std(z) == pytest.approx(deviation * D**0.5, rel=1e-5)
    assert mean_cosine(z) == pytest.approx(0, abs=1e-6)
    assert effective_rank(z) == pytest.approx(D, rel=1e-4)


def test_isotropic_embeddings_are_healthy():
    z = random_embeddings(4000, 32)
    assert embedding_std(z) == pytest.approx(1, abs=0.02)
    assert mean_cosine(z) == pytest.approx(0, abs=0.01)
    assert effective_rank(z) > 31


@pytest.mark.parametrize("N, D", [(2, 3), (9, 4), (30, 64)])
def test_mean_cosine_agrees_with_a_loop_over_pairs(N, D):
    z = random_embeddings(N, D) + 1
    pairs = [
        torch.nn.functional.cosine_similarity(z[i], z[j], dim=0)
        for i in range(N)
        for j in range(N)
        if i != j
    ]
    assert mean_cosine(z) == pytest.approx(float(sum(pairs)) / len(pairs))


def test_embedding_std_and_mean_cosine_ignore_lengths_of_vectors():
    z = random_embeddings(20, 8)
    scaled = z * torch.rand(20, 1).add(0.1)
    assert torch.allclose(embedding_std(z), embedding_std(scaled))
    assert torch.allclose(mean_cosine(z), mean_cosine(scaled), atol=1e-6)


def test_effective_rank_counts_directions():
    assert effective_rank(torch.zeros(4, 4)) == 1
    # singular values 3 and 1: entropy of (3/4, 1/4)
    entropy = -(0.75 * math.log(0.75) + 0.25 * math.log(0.25))
    z = torch.diag(torch.tensor([3.0, 1.0, 0.0]))
    assert effective_rank(z) == pytest.approx(math.exp(entropy), rel=1e-5)
    basis = torch.linalg.qr(random_embeddings(32, 5))[0].T  # [5, 32]
    many = basis.repeat(40, 1)  # five directions, equally often
    assert effective_rank(many) == pytest.approx(5, rel=1e-3)


@pytest.mark.parametrize("shape", [(6, 10), (2, 3, 10)])
def test_teacher_entropy_and_perplexity(shape):
    K = shape[-1]
    uniform = torch.full(shape, 1 / K)
    assert teacher_entropy(uniform) == pytest.approx(math.log(K), rel=1e-5)
    one_hot = torch.zeros(shape)
    one_hot[..., 3] = 1
    assert teacher_entropy(one_hot) == 0
    assert prototype_perplexity(one_hot) == 1
    M = one_hot[..., 0].numel()
    even = torch.eye(K)[torch.arange(M)].reshape(shape)  # all different
    assert teacher_entropy(even) == 0
    assert prototype_perplexity(even) == pytest.approx(M, rel=1e-5)


def test_information_is_what_tells_crops_apart():
    same = torch.rand(1, 10).softmax(dim=-1).expand(6, 10)
    assert teacher_information(same) == pytest.approx(0, abs=1e-6)
    groups = torch.eye(10)[[0, 1, 2, 0, 1, 2]].reshape(2, 3, 10)
    assert teacher_information(groups) == pytest.approx(math.log(3))
    # The slow way: mean divergence from the mean distribution
    p = torch.randn(2, 5, 7).softmax(dim=-1)
    mean = p.mean(dim=(0, 1))
    divergences = [
        sum(float(q * math.log(q / m)) for q, m in zip(row, mean))
        for row in p.flatten(0, 1)
    ]
    expected = sum(divergences) / len(divergences)
    assert teacher_information(p) == pytest.approx(expected, abs=1e-6)


def test_perplexity_of_an_uneven_use():
    use = torch.eye(4)[[0, 0, 0, 1]]
    entropy = -(0.75 * math.log(0.75) + 0.25 * math.log(0.25))
    assert prototype_perplexity(use) == pytest.approx(math.exp(entropy))


@pytest.mark.parametrize("monitor", EMBEDDING_MONITORS)
def test_half_precision_and_no_gradient(monitor):
    z = random_embeddings(20, 8).requires_grad_()
    value = monitor(z)
    assert value.ndim == 0 and not value.requires_grad
    half = monitor(z.bfloat16())
    assert half.dtype == torch.float32
    assert half == pytest.approx(float(value), abs=0.05)


@pytest.mark.parametrize("monitor", EMBEDDING_MONITORS)
@pytest.mark.parametrize("shape", [(1, 8), (8,), (2, 3, 8)])
def test_too_few_embeddings(monitor, shape):
    with pytest.raises(ValueError, match="at least two embeddings"):
        monitor(torch.ones(shape))
