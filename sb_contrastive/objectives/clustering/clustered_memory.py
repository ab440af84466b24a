"""Embeddings of all utterances, which are clustered once an epoch."""

import torch

from sb_contrastive.distributed import copy_from_first_rank
from sb_contrastive.objectives.clustering.kmeans import spherical_kmeans
from sb_contrastive.objectives.clustering.memory_groups import (
    UNKNOWN,
    MemoryGroups,
)
from sb_contrastive.ranges import Count, Several


class ClusteredMemory(MemoryGroups):
    """A memory of the last embeddings, and spherical k-means of it. Clusters are
    found when an epoch begins and stay fixed until the next. Whoever has
    embeddings writes them into `memory`.

    Arguments
    ---------
    memory : UtteranceMemory
        Of embeddings; clustering h is one of its view h, taken in turn.
    clusters : int, optional
        K of each clustering; a tenth of the utterances when absent, and at
        least 2.
    seed : int
        Clusters begin by (seed, epoch, clustering).
    clusterings : int
        H.
    clusters_at_end : int, optional
        K that is reached at the end: it grows, or falls, linearly (progressive
        clustering in Han et al. 2023); the same throughout when absent.

    Example
    -------
    >>> from sb_contrastive.utterance_memory import UtteranceMemory
    >>> groups = ClusteredMemory(UtteranceMemory(4, 2, views=1), clusters=2)
    >>> z = torch.tensor([[[1.0, 0.0], [0.9, 0.1], [0.0, 1.0], [0.1, 0.9]]])
    >>> groups.memory.write(list("abcd"), z)
    >>> groups.begin_epoch(2)
    True
    >>> numbers = groups.memory.numbers
    >>> a, b, c, d = groups.groups_of(numbers)[0].tolist()
    >>> a == b, c == d, a == c
    (True, True, False)
    """

    def __init__(
        self,
        memory,
        clusters: Several | None = None,
        seed=0,
        clusterings: Count = 1,
        clusters_at_end: Several | None = None,
    ):
        super().__init__(memory, seed, clusterings)
        self.clusters, self.clusters_at_end = clusters, clusters_at_end
        self._make_room()

    def _make_room(self):
        super()._make_room()
        H, P = self.groupings, self.memory.embeddings.shape[2]
        K = max(self.clusters_at(0), self.clusters_at(1))
        centroids = torch.zeros(H, K, P, device=self.assignments.device)
        self.register_buffer("centroids", centroids)  # [H, K, P]

    def clusters_at(self, share):
        """Return K at a share, from 0 to 1, of the epochs that use clusters."""
        M = self.memory.embeddings.shape[1]
        first = self.clusters or max(M // 10, 2)
        last = self.clusters_at_end or first
        return round(first + share * (last - first))

    @property
    def latest(self):
        """The centroids of the last clustering [H, K, P], without the places of
        those that are still to come."""
        if self.clusters_at_end is None:
            return self.centroids
        used = int(self.centroids[0].any(dim=1).sum())  # they are unit vectors
        return self.centroids[:, :used]

    def check(self, rows):
        """Refuse more clusters than there are utterances.

        Arguments
        ---------
        rows : list of dict
            Manifest rows of the utterances to train on.
        """
        most = max(self.clusters or 2, self.clusters_at_end or 2)
        if len(rows) < most:
            raise ValueError(
                f"{len(rows)} utterances to train on cannot make {most} "
                f"clusters: set --clusters lower or give more unlabelled audio"
            )

    def begin_epoch(self, epoch, share=0.0):
        """Cluster the memory, once an epoch.

        Arguments
        ---------
        epoch : int
            Its number.
        share : float
            See `clusters_at`.

        Returns
        -------
        bool
            Whether there are new clusters. Not where a run was resumed within
            the epoch: the memory is that of this epoch by now; nor where there
            are fewer embeddings than clusters.
        """
        if not self.is_due(epoch):
            return False
        remembered = self.memory.filled
        K = self.clusters_at(share)
        if remembered.shape[1] < K:
            return False
        self.assignments.fill_(UNKNOWN)
        self.centroids.zero_()
        for h, centroids in enumerate(self.centroids):
            found, nearest = spherical_kmeans(
                remembered[h % len(remembered)],
                K,
                (self.seed, epoch, h, "clusters"),
            )
            centroids[:K] = found
            self.assignments[h, : len(nearest)] = nearest
        # Sums on a GPU have no fixed order
        copy_from_first_rank([self.centroids, self.assignments])
        return True
