"""The number of clusters grows, and clusters are those of a slow k-means of that number."""

import math

import pytest
import torch

from sb_contrastive.data.randomness import keyed_generator
from sb_contrastive.objectives import (
    SSPS,
    ClusterAwareCrops,
    ClusteredMemory,
    FalseNegatives,
    Moment,
)
from sb_contrastive.utterance_memory import UtteranceMemory

NAMES = [f"u{i}" for i in range(30)]
ROWS = [{"ID": name} for name in NAMES]


def growing(first, last, D=5):
    memory = UtteranceMemory(None, D, views=1)
    groups = ClusteredMemory(memory, first, seed=3, clusters_at_end=last)
    groups.prepare(ROWS)
    generator = torch.Generator().manual_seed(1)
    groups.memory.write(NAMES, torch.randn(1, 30, D, generator=generator))
    return groups


def slow_kmeans(z, K, key):
    """Loops over rows and clusters, by the definition."""
    z = [[x / math.hypot(*row) for x in row] for row in z.tolist()]
    drawn = keyed_generator(*key).choice(len(z), K, replace=False)
    centroids = [z[i] for i in drawn]

    def nearest():
        return [
            max(
                range(K),
                key=lambda k: sum(a * b for a, b in zip(row, centroids[k])),
            )
            for row in z
        ]

    for _ in range(10):
        labels = nearest()
        for k in range(K):
            sums = [
                sum(x)
                for x in zip(*(row for row, own in zip(z, labels) if own == k))
            ]
            if sums:
                centroids[k] = [x / math.hypot(*sums) for x in sums]
    return centroids, nearest()


# Of ten epochs, clusters take part in those from the sixth on
@pytest.mark.parametrize(
    "first, last, expected",
    [
        (3, 11, [3, 5, 7, 9, 11]),
        (8, 3, [8, 7, 6, 4, 3]),
        (None, 6, [3, 4, 4, 5, 6]),  # from a tenth of the utterances
        (4, None, [4, 4, 4, 4, 4]),
    ],
)
def test_each_epoch_has_its_number_of_clusters(first, last, expected):
    groups = growing(first, last)
    positives = ClusterAwareCrops(groups, begins=0.5)
    for epoch, K in zip(range(6, 11), expected):
        # As it is called from `begin_epoch`, without crops
        super(ClusterAwareCrops, positives).begin_epoch(epoch, epochs=10)
        centroids, labels = slow_kmeans(
            groups.memory.filled[0], K, (3, epoch, 0, "clusters")
        )
        assert groups.assignments[0].tolist() == labels
        torch.testing.assert_close(groups.latest[0], torch.tensor(centroids))
        assert not groups.centroids[0, K:].any()


def test_the_only_epoch_has_the_first_number():
    groups = growing(3, 9)
    positives = ClusterAwareCrops(groups, begins=0.9)
    super(ClusterAwareCrops, positives).begin_epoch(10, epochs=10)
    assert groups.latest.shape[1] == 3


def test_places_of_clusters_to_come_are_nobodys_neighbours():
    """Their centroids are zeros, which are nearer than those that point away."""
    groups = growing(2, 20, D=2)
    ssps = SSPS(groups, dim=2, window=5, begins=0.0)
    ssps.prepare(ROWS, targets=1, crops=None)
    away = torch.tensor([[1.0, 0.1], [-1.0, 0.1]]).repeat(15, 1)
    ssps.note(Moment(0.0, 0, 1, NAMES), away[None], away)
    ssps.begin_epoch(2, epochs=9)
    drawn = ssps.draw(Moment(0.0, 0, 2, NAMES), away[None])
    assert drawn.found.all()
    assert (drawn.targets[0, :, 0] * away[:, 0] < 0).all()


def test_what_cannot_grow_is_refused():
    with pytest.raises(ValueError, match="30 utterances .* cannot make 40"):
        growing(3, 40)
    with pytest.raises(ValueError, match="leave clusters_at_end out"):
        FalseNegatives(growing(3, 9))
