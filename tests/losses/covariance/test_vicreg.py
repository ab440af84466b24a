"""VICRegLoss against loops, each term in closed form, and what it refuses."""

import pytest
import torch

from sb_contrastive.losses import VICRegLoss


def pairs(N, D, seed=0):
    generator = torch.Generator().manual_seed(seed)
    z = torch.randn(2, N, D, generator=generator, dtype=torch.float64)
    return z[0], z[0] + 0.5 * z[1]


def slow_loss(z1, z2, inv, var, cov):
    N, D = z1.shape
    total = 0.0
    for n in range(N):
        for d in range(D):
            total += inv * float(z1[n, d] - z2[n, d]) ** 2 / (N * D)
    for z in (z1.tolist(), z2.tolist()):
        mean = [sum(row[d] for row in z) / N for d in range(D)]
        for i in range(D):
            for j in range(D):
                c = sum(
                    (row[i] - mean[i]) * (row[j] - mean[j]) for row in z
                ) / (N - 1)
                if i == j:
                    total += var * max(0.0, 1 - (c + 1e-4) ** 0.5) / D
                else:
                    total += cov * c**2 / D
    return total


@pytest.mark.parametrize("weights", [(25, 25, 1), (1, 0, 0), (0, 1, 2)])
@pytest.mark.parametrize("N, D", [(2, 1), (2, 3), (9, 4)])
def test_equals_the_loop(N, D, weights):
    z1, z2 = (0.8 * z for z in pairs(N, D))
    loss = VICRegLoss(*weights)(z1, z2)
    assert loss.item() == pytest.approx(slow_loss(z1, z2, *weights), rel=1e-9)


def test_variance_costs_nothing_from_a_deviation_of_one_on():
    z = torch.tensor([[1.0, -5.0], [-1.0, 5.0], [1.0, 5.0]])
    assert z.std(dim=0).min() >= 1
    assert VICRegLoss(0, 1, 0)(z, z) == 0
    assert VICRegLoss(0, 1, 0)(0.1 * z, z) > 0.3


def test_collapse_costs_nearly_one_a_side_and_has_a_finite_slope():
    z = torch.ones(4, 3, requires_grad=True)
    value = VICRegLoss(1, 1, 0.04)(z, z)
    assert value.item() == pytest.approx(2 * 0.99)
    value.backward()
    assert z.grad.isfinite().all()


def test_the_error_is_a_mean_over_pairs_and_coordinates():
    z = torch.zeros(4, 3)
    for shape in ((4, 3), (2, 8)):
        z = torch.zeros(shape)
        assert VICRegLoss(1, 0, 0)(z, z + 2) == 4


def test_order_and_sides_change_nothing_but_the_pairing_does():
    z1, z2 = pairs(16, 4)
    loss = VICRegLoss()
    value = loss(z1, z2)
    order = torch.randperm(16, generator=torch.Generator().manual_seed(1))
    torch.testing.assert_close(loss(z1[order], z2[order]), value)
    torch.testing.assert_close(loss(z2, z1), value)
    assert loss(z1, z2[order]) > value + 1


def test_gradient_equals_finite_differences():
    z1, z2 = (z.requires_grad_() for z in pairs(5, 3))
    assert torch.autograd.gradcheck(VICRegLoss(), (z1, z2))


def test_a_few_steps_lower_the_loss_and_spread_a_bundle():
    z1, z2 = (0.01 * z for z in pairs(16, 4))
    z1.requires_grad_()
    z2.requires_grad_()
    values = []
    for _ in range(200):
        value = VICRegLoss(1, 1, 0.04)(z1, z2)
        for z, slope in zip((z1, z2), torch.autograd.grad(value, (z1, z2))):
            z.data -= slope
        values.append(value.item())
    assert values[-1] < 0.1 * values[0]
    assert z1.std(dim=0).min() > 0.9


def test_half_precision_is_computed_in_float32():
    z1, z2 = (z.bfloat16() for z in pairs(16, 4))
    value = VICRegLoss()(z1, z2)
    assert value.dtype == torch.float32
    with torch.autocast("cpu", torch.bfloat16):
        assert torch.equal(VICRegLoss()(z1, z2), value)


def test_what_does_not_fit_is_refused():
    with pytest.raises(ValueError, match=r"\[2, 3\] and \[3, 3\]"):
        VICRegLoss()(torch.zeros(2, 3), torch.zeros(3, 3))
    with pytest.raises(ValueError, match="at least two pairs, got 1"):
        VICRegLoss()(torch.zeros(1, 3), torch.zeros(1, 3))
    with pytest.raises(ValueError, match="variance_weight is 0 or more"):
        VICRegLoss(variance_weight=-1)
