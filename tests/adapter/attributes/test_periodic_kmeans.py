"""Periodic clusterings: when they are due, that numbers keep their meaning, posteriors."""

import numpy as np
import pytest
import torch
from scipy.stats import multivariate_normal

from sb_contrastive.adapter import GMMAttributes, PeriodicKMeans
from sb_contrastive.adapter.attributes.local_attributes import LocalAttributes
from sb_contrastive.adapter.attributes.matching import matched_order

K, D = 5, 4


def clusters(seed, shift=0.0):
    """Frames [N, D] around five points far apart, in an order of the seed's."""
    generator = torch.Generator().manual_seed(0)
    centres = 10 * torch.randn(K, D, generator=generator) + shift
    generator = torch.Generator().manual_seed(seed)
    label = torch.randint(K, (400,), generator=generator)
    noise = torch.randn(400, D, generator=generator)
    return centres, label, centres[label] + 0.5 * noise


@pytest.mark.parametrize(
    "attributes",
    [
        PeriodicKMeans(K, D, every=2, starts=3),
        GMMAttributes(K, D, every=2, components=3, starts=3),
    ],
)
def test_a_new_fit_keeps_the_numbers(attributes):
    ids = []
    for epoch, seed in enumerate((1, 2, 3), start=1):
        _, _, frames = clusters(seed, shift=0.2 * epoch)
        attributes.seed = seed  # another order of the clusters
        attributes.fit(frames, epoch)
        centres, _, _ = clusters(seed, shift=0.2 * epoch)
        ids.append(attributes.nearest(centres))
        reached = attributes.centroids[ids[-1]]
        # Principal components leave a little out
        assert (reached - centres).norm(dim=1).max() < 4
    assert len(set(ids[0].tolist())) == K
    assert torch.equal(ids[0], ids[1]) and torch.equal(ids[1], ids[2])


def test_due_at_the_first_epoch_and_then_in_turn():
    attributes = PeriodicKMeans(K, D, every=2, starts=1)
    due = []
    for epoch in range(1, 7):
        due.append(attributes.due(epoch))
        if due[-1]:
            attributes.fit(clusters(1)[2], epoch)
    assert due == [True, False, True, False, True, False]


@pytest.mark.parametrize("kind", [PeriodicKMeans, GMMAttributes])
def test_a_checkpoint_restores_clusters_and_counters(kind):
    first, second = (kind(K, D, every=3, starts=1) for _ in range(2))
    frames = clusters(1)[2]
    first.fit(frames, 2)
    first.update(frames[None], first.nearest(frames), torch.ones(1, 400).bool())
    second.load_state_dict(first.state_dict())
    assert [second.due(e) for e in (2, 3, 4, 5)] == [False] * 3 + [True]
    assert torch.equal(second.nearest(frames), first.nearest(frames))
    assert second.perplexity() == first.perplexity() > 0.9 * K


def test_matching_is_the_best_of_all_orders():
    from itertools import permutations

    generator = torch.Generator().manual_seed(3)
    old, new = torch.randn(2, 5, 3, generator=generator)
    cost = {
        order: (old - new[list(order)]).square().sum().item()
        for order in permutations(range(5))
    }
    assert tuple(matched_order(old, new).tolist()) == min(cost, key=cost.get)


def test_posteriors_equal_those_of_the_mixture():
    # Clusters that overlap, so that posteriors are neither 0 nor 1
    generator = torch.Generator().manual_seed(0)
    noise = torch.randn(400, D, generator=generator)
    frames = 0.1 * clusters(1)[2] + noise
    gmm = GMMAttributes(3, D, every=1, components=2)
    gmm.fit(frames, epoch=1)
    x = ((frames - gmm.mean) @ gmm.axes.T).numpy()
    joint = []
    for k in range(3):
        precision = gmm.precisions[k] @ gmm.precisions[k].T
        density = multivariate_normal(
            gmm.means[k].numpy(), np.linalg.inv(precision.double().numpy())
        )
        joint.append(gmm.log_weights[k].exp().item() * density.pdf(x))
    expected = torch.tensor(np.stack(joint, axis=1))
    expected = (expected / expected.sum(dim=1, keepdim=True)).float()
    given = gmm.probabilities(frames)
    torch.testing.assert_close(given, expected, rtol=1e-3, atol=1e-4)
    assert ((given > 0.05) & (given < 0.95)).any()
    assert torch.equal(gmm.nearest(frames), given.argmax(dim=-1))
    folded = gmm.probabilities(frames.view(4, 100, D))
    torch.testing.assert_close(folded.flatten(0, 1), given)


def test_more_components_than_frames_are_refused():
    with pytest.raises(ValueError, match="30 frames have no 32 principal"):
        GMMAttributes(4, 50, every=1, components=32).fit(
            torch.randn(30, 50), epoch=1
        )


def test_a_single_attribute_tells_nothing():
    with pytest.raises(ValueError, match="at least two, got 1"):
        LocalAttributes(1, D, fit_frames=10)
