"""Codes share a batch out; clusters that are unknown count for nothing."""

import pytest
import torch

from sb_contrastive.losses import DeepClusterLoss, SDPNLoss, SwAVLoss
from sb_contrastive.losses.clustering.sinkhorn import codes_of, sinkhorn
from tests.support.golden_inputs import S1, S2


def test_rows_sum_to_one_and_columns_to_their_share():
    q = sinkhorn(torch.rand(12, 5, dtype=torch.float64), iterations=200)
    torch.testing.assert_close(q.sum(dim=1), torch.ones(12).double())
    share = torch.full((5,), 12 / 5).double()
    torch.testing.assert_close(q.sum(dim=0), share, rtol=1e-3, atol=0)


def test_a_prototype_that_is_far_from_all_gives_no_nan():
    weights = torch.tensor([[1.0, 0.0], [2.0, 0.0]])
    assert sinkhorn(weights).isfinite().all()


def test_equal_scores_give_equal_codes_and_order_does_not_count():
    flat = SwAVLoss().codes(torch.zeros(1, 5, 4))
    torch.testing.assert_close(flat, torch.full((1, 5, 4), 0.25))
    order = torch.tensor([3, 0, 5, 1, 4, 2])
    codes = SwAVLoss().codes(S1[None])
    torch.testing.assert_close(
        SwAVLoss().codes(S1[order][None]), codes[:, order]
    )


def test_a_queue_takes_part_and_is_left_out_again():
    loss = SwAVLoss()
    both = torch.cat([S1, S2])
    expected = loss.codes(both[None])[:, :6]
    torch.testing.assert_close(loss.codes(S1[None], S2[None]), expected)
    assert not torch.allclose(expected, loss.codes(S1[None]))


def test_more_crops_are_all_pairs_of_a_long_one_and_another():
    loss = SwAVLoss()
    scores = torch.stack([S1, S2, S1 * S2])
    q, log_p = loss.codes(scores[:2]), (scores / 0.1).log_softmax(dim=-1)
    pairs = [
        -(q[g] * log_p[v]).sum(dim=-1).mean()
        for g in range(2)
        for v in range(3)
        if v != g
    ]
    torch.testing.assert_close(loss(scores), sum(pairs) / len(pairs))


def test_two_processes_share_out_one_batch(two_ranks):
    weights = S1.exp()
    whole = codes_of(weights, gather=False)
    parts = two_ranks(lambda r: codes_of(weights[3 * r :][:3], gather=True))
    torch.testing.assert_close(torch.cat(parts), whole)


def test_an_utterance_without_a_cluster_has_no_gradient():
    scores = torch.stack([S1, S2])[None].requires_grad_()
    assigned = torch.tensor([[0, 3, -1, 2, 0, -1]])
    DeepClusterLoss()(scores, assigned).backward()
    zero = scores.grad.abs().sum(dim=(0, 1, 3)) == 0
    assert zero.tolist() == [False, False, True, False, False, True]
    scores.grad = None
    none = DeepClusterLoss()(scores, torch.full((1, 6), -1))
    none.backward()
    assert none.item() == 0 and scores.grad.abs().sum() == 0


def test_even_use_costs_nothing_and_one_prototype_costs_log_k():
    even = 50 * torch.eye(4)[None]
    assert SDPNLoss().terms(even, even[0])[1].item() == pytest.approx(0)
    one = torch.zeros(1, 4, 4)
    one[..., 0] = 50
    cost = SDPNLoss().terms(one, one[0])[1].item()
    assert cost == pytest.approx(torch.tensor(4.0).log().item(), rel=1e-4)


def test_what_does_not_fit_is_named():
    with pytest.raises(ValueError, match="two crops or more"):
        SwAVLoss()(S1[None])
    with pytest.raises(ValueError, match=r"assignments \[H, B\]"):
        DeepClusterLoss()(S1[None, None], torch.zeros(1, 4))
    with pytest.raises(ValueError, match="above 0"):
        SwAVLoss(epsilon=0.0)
