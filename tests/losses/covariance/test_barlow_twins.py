"""BarlowTwinsLoss against loops, at its minimum, and against a simulated ICC."""

import pytest
import torch

from sb_contrastive.losses import BarlowTwinsLoss


def pairs(N, D, seed=0):
    generator = torch.Generator().manual_seed(seed)
    z = torch.randn(2, N, D, generator=generator, dtype=torch.float64)
    return z[0], z[1] + z[0]


def slow_loss(z1, z2, weight, eps):
    N, D = z1.shape
    total = 0.0
    for i in range(D):
        for j in range(D):
            x, y = z1[:, i].tolist(), z2[:, j].tolist()
            mx, my = sum(x) / N, sum(y) / N
            vx = sum((a - mx) ** 2 for a in x) / N + eps
            vy = sum((b - my) ** 2 for b in y) / N + eps
            cov = sum((a - mx) * (b - my) for a, b in zip(x, y)) / N
            c = cov / (vx * vy) ** 0.5
            total += (c - 1) ** 2 if i == j else weight * c**2
    return total


@pytest.mark.parametrize("weight", [0.0, 5.1e-3, 1.0])
@pytest.mark.parametrize("N, D", [(2, 1), (2, 3), (9, 4)])
def test_equals_the_loop(N, D, weight):
    z1, z2 = pairs(N, D)
    loss = BarlowTwinsLoss(weight)(z1, z2)
    assert loss.item() == pytest.approx(slow_loss(z1, z2, weight, 1e-5))


def test_equals_batch_normalisation_without_affine():
    z1, z2 = (z.float() for z in pairs(16, 5))
    norm = torch.nn.BatchNorm1d(5, affine=False)
    C = norm(z1).T @ norm(z2) / 16
    torch.testing.assert_close(BarlowTwinsLoss().correlation(z1, z2), C)


def test_identical_and_decorrelated_inputs_cost_nothing():
    # Columns of a Hadamard matrix: mean 0, unrelated
    h = torch.tensor([[1.0, 1.0], [1.0, -1.0]])
    h = torch.kron(torch.kron(h, h), h)[:, 1:].double()  # [8, 7]
    assert BarlowTwinsLoss(1.0)(h, h) < 1e-8
    assert BarlowTwinsLoss(1.0)(h, 3 * h - 2) < 1e-8
    assert BarlowTwinsLoss(1.0)(h, -h) == pytest.approx(4 * 7, rel=1e-3)


def test_constant_embeddings_and_a_batch_of_two_stay_finite():
    for z in (torch.ones(4, 3), torch.tensor([[1.0, 2.0], [0.0, 5.0]])):
        z.requires_grad_()
        value = BarlowTwinsLoss()(z, z)
        value.backward()
        assert value.isfinite() and z.grad.isfinite().all()
    assert BarlowTwinsLoss()(torch.ones(4, 3), torch.ones(4, 3)) == 3


@pytest.mark.parametrize("between, within", [(1.0, 1.0), (3.0, 1.0), (0.2, 1)])
def test_diagonal_estimates_the_intra_class_correlation(between, within):
    generator = torch.Generator().manual_seed(3)
    classes = between**0.5 * torch.randn(40000, 2, generator=generator)
    noise = within**0.5 * torch.randn(2, 40000, 2, generator=generator)
    C = BarlowTwinsLoss().correlation(classes + noise[0], classes + noise[1])
    icc = between / (between + within)
    torch.testing.assert_close(
        C.diagonal(), torch.full((2,), icc), atol=0.015, rtol=0
    )


@pytest.mark.parametrize("K", [2, 4])
def test_collapsed_classes_pay_at_least_the_bound_off_the_diagonal(K):
    # D^2 / (K - 1) - D where each item is its class mean
    D, generator = 8, torch.Generator().manual_seed(K)
    means = torch.randn(K, D, generator=generator, dtype=torch.float64)
    z = means.repeat(4, 1)
    energy = BarlowTwinsLoss(1.0, eps=0.0)(z, z)
    assert energy >= (D**2 / (K - 1) - D) * (1 - 1e-9)


def test_order_and_scale_change_nothing_but_the_pairing_does():
    z1, z2 = pairs(32, 4)
    loss = BarlowTwinsLoss(eps=0.0)
    value = loss(z1, z2)
    order = torch.randperm(32, generator=torch.Generator().manual_seed(1))
    torch.testing.assert_close(loss(z1[order], z2[order]), value)
    torch.testing.assert_close(loss(7 * z1 + 1, z2 / 7), value)
    torch.testing.assert_close(loss(z2, z1), value)
    assert loss(z1, z2[order]) > value + 0.5


def test_gradient_equals_finite_differences():
    z1, z2 = (z.requires_grad_() for z in pairs(5, 3))
    assert torch.autograd.gradcheck(BarlowTwinsLoss(0.1), (z1, z2))


def test_a_few_steps_lower_the_loss():
    z1, z2 = (z.requires_grad_() for z in pairs(16, 4))
    values = []
    for _ in range(10):
        value = BarlowTwinsLoss(0.1)(z1, z2)
        for z, slope in zip((z1, z2), torch.autograd.grad(value, (z1, z2))):
            z.data -= 0.5 * slope
        values.append(value.item())
    assert all(b < a for a, b in zip(values, values[1:]))


def test_half_precision_is_computed_in_float32():
    z1, z2 = (z.bfloat16() for z in pairs(16, 4))
    value = BarlowTwinsLoss()(z1, z2)
    assert value.dtype == torch.float32
    with torch.autocast("cpu", torch.bfloat16):
        assert torch.equal(BarlowTwinsLoss()(z1, z2), value)


def test_what_does_not_fit_is_refused():
    loss = BarlowTwinsLoss()
    with pytest.raises(ValueError, match=r"\[2, 3\] and \[3, 3\]"):
        loss(torch.zeros(2, 3), torch.zeros(3, 3))
    with pytest.raises(ValueError, match="at least two pairs, got 1"):
        loss(torch.zeros(1, 3), torch.zeros(1, 3))
    with pytest.raises(ValueError, match="0 or more, got -1"):
        BarlowTwinsLoss(-1)
