"""KoLeoLoss against a double loop, and in two processes."""

import math

import pytest
import torch
from torch.nn import functional as F

from sb_contrastive.losses import KoLeoLoss


def slow(z):
    z = F.normalize(z, dim=-1)
    total = 0.0
    for i in range(len(z)):
        distances = [
            float((z[i] - z[j]).norm()) for j in range(len(z)) if j != i
        ]
        total -= math.log(min(distances))
    return total / len(z)


@pytest.mark.parametrize("B", [2, 3, 17])
@pytest.mark.parametrize("D", [2, 8])
def test_equals_the_loop_over_pairs(B, D):
    z = torch.randn(B, D, generator=torch.Generator().manual_seed(B + D))
    assert float(KoLeoLoss()(z)) == pytest.approx(slow(z), rel=1e-4)


def test_opposite_points_are_as_far_apart_as_can_be():
    loss = KoLeoLoss()(torch.tensor([[3.0, 0.0], [-1.0, 0.0]]))
    assert float(loss) == pytest.approx(-math.log(2))


def test_length_of_an_embedding_does_not_matter():
    z = torch.randn(6, 4)
    scaled = z * torch.rand(6, 1).add(0.1)
    torch.testing.assert_close(KoLeoLoss()(scaled), KoLeoLoss()(z))


def test_equal_embeddings_give_finite_value_and_gradient():
    z = torch.ones(4, 3, requires_grad=True)
    loss = KoLeoLoss()(z)
    loss.backward()
    assert float(loss.detach()) == pytest.approx(-math.log(1e-4), rel=1e-3)
    assert torch.isfinite(z.grad).all()


def test_gradient_steps_spread_a_bundle():
    generator = torch.Generator().manual_seed(0)
    z = 1 + 0.01 * torch.randn(8, 16, generator=generator)
    z.requires_grad_()
    optimizer = torch.optim.Adam([z], lr=0.05)
    for _ in range(100):
        optimizer.zero_grad()
        KoLeoLoss()(z).backward()
        optimizer.step()
    unit = F.normalize(z.detach(), dim=-1)
    assert (unit @ unit.T).fill_diagonal_(0).max() < 0.5


def test_half_precision_is_computed_in_float32():
    z = torch.randn(8, 16)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        inside = KoLeoLoss()(z)
    assert inside.dtype == torch.float32
    torch.testing.assert_close(inside, KoLeoLoss()(z))


def test_one_utterance_has_no_neighbour():
    with pytest.raises(ValueError, match="two utterances"):
        KoLeoLoss()(torch.ones(1, 3))


def loss_and_slope(rows):
    z = torch.randn(8, 5, generator=torch.Generator().manual_seed(1))[rows]
    z.requires_grad_()
    loss = KoLeoLoss()(z)
    loss.backward()
    return loss.detach(), z.grad


def test_two_processes_equal_one_with_the_joined_batch(two_ranks):
    both = two_ranks(lambda rank: loss_and_slope(slice(4 * rank, 4 * rank + 4)))
    loss, slope = loss_and_slope(slice(None))
    for one, _ in both:
        torch.testing.assert_close(one, loss)
    # DistributedDataParallel takes the mean over processes
    gathered = torch.cat([grad for _, grad in both]) / 2
    torch.testing.assert_close(gathered, slope)
