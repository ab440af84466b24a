"""Clusters are found, kept for an epoch, and not made twice of one."""

import pytest
import torch

from sb_contrastive.objectives import DeepCluster, Moment
from sb_contrastive.objectives.clustering import kmeans
from sb_contrastive.objectives.clustering.kmeans import spherical_kmeans
from sb_contrastive.utterance_memory import UtteranceMemory


def blobs(each=20):
    generator = torch.Generator().manual_seed(0)
    centres = torch.eye(3).repeat_interleave(each, dim=0)
    return centres + 0.1 * torch.randn(3 * each, 3, generator=generator)


@pytest.mark.parametrize("seed", range(3))
def test_two_blobs_are_found(seed):
    centroids, nearest = spherical_kmeans(blobs()[:40], 2, (seed,))
    assert (
        len(set(nearest[:20].tolist())) == len(set(nearest[20:].tolist())) == 1
    )
    assert nearest[0] != nearest[20]
    torch.testing.assert_close(centroids.norm(dim=1), torch.ones(2))
    again = spherical_kmeans(blobs()[:40], 2, (seed,))
    assert torch.equal(again[0], centroids)


def test_each_centroid_is_the_mean_direction_of_its_rows():
    z = blobs()
    centroids, nearest = spherical_kmeans(z, 4, (1,), iterations=50)
    unit = torch.nn.functional.normalize(z, dim=1)
    for k in nearest.unique():
        mean = unit[nearest == k].mean(dim=0)
        torch.testing.assert_close(centroids[k], mean / mean.norm())


def test_rows_are_compared_piece_by_piece(monkeypatch):
    whole = spherical_kmeans(blobs(), 4, (1,))
    monkeypatch.setattr(kmeans, "MOST_COSINES", 4 * 7)
    pieces = spherical_kmeans(blobs(), 4, (1,))
    assert torch.equal(pieces[1], whole[1])
    torch.testing.assert_close(pieces[0], whole[0])


def test_more_clusters_than_utterances_are_refused():
    with pytest.raises(ValueError, match="3 utterances cannot make 4 clusters"):
        spherical_kmeans(torch.eye(3), 4, (1,))


def test_an_epoch_has_its_clusters_once():
    objective = DeepCluster(
        None, UtteranceMemory(64, 3), clusters=3, clusterings=2
    )
    names = [f"utt{i}" for i in range(60)]
    moment = Moment(0.0, 0, 1, names)
    z = torch.stack([blobs(), blobs().flip(1)])
    objective.begin_epoch(1)
    assert objective.loss(z, moment).item() == 0  # nobody has a cluster yet
    objective.after_batch(z, moment)
    objective.begin_epoch(2)
    centroids = objective.groups.centroids.clone()
    assert objective.loss(z, moment).item() > 0
    assert (objective.groups.assignments[:, 60:] == -1).all()
    # The second clustering is one of the second crop
    assert not torch.equal(centroids[0], centroids[1])
    objective.after_batch(z.flip(1), moment)
    objective.begin_epoch(2)  # as after a resumption
    assert torch.equal(objective.groups.centroids, centroids)
    objective.begin_epoch(3)
    assert not torch.equal(objective.groups.centroids, centroids)


def test_a_memory_as_large_as_the_corpus_is_prepared_first():
    memory = UtteranceMemory(size=None, dim=3)
    objective = DeepCluster(torch.nn.Linear(8, 3), memory, clusters=2)
    with pytest.raises(
        ValueError, match="the memory of utterances has no room"
    ):
        objective.begin_epoch(1)
    moment = Moment(0.0, 0, 1, ["a", "b"])
    with pytest.raises(ValueError, match="give UtteranceMemory a size"):
        objective.loss(torch.zeros(2, 2, 3), moment)
    objective.prepare([{"ID": "a"}, {"ID": "b"}])
    objective.begin_epoch(1)
    assert objective.loss(torch.zeros(2, 2, 3), moment) == 0
