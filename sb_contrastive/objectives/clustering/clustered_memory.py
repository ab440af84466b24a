"""Embeddings of all utterances, which are clustered once an epoch."""

import torch

from sb_contrastive.distributed import copy_from_first_rank
from sb_contrastive.objectives.clustering.kmeans import spherical_kmeans
from sb_contrastive.ranges import Count, Several

UNKNOWN = -1  # the cluster of an utterance that was not there an epoch ago


class ClusteredMemory(torch.nn.Module):
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

    uses_labels = False

    def __init__(
        self,
        memory,
        clusters: Several | None = None,
        seed=0,
        clusterings: Count = 1,
        clusters_at_end: Several | None = None,
    ):
        super().__init__()
        self.memory, self.seed = memory, seed
        self.clusters, self.clusterings = clusters, clusterings
        self.clusters_at_end = clusters_at_end
        self.register_buffer("clustered", torch.zeros((), dtype=torch.long))
        self._make_room()

    def _make_room(self):
        M, P = self.memory.embeddings.shape[1:]
        H, K = self.clusterings, max(self.clusters_at(0), self.clusters_at(1))
        numbers = self.memory.numbers
        centroids = torch.zeros(H, K, P, device=numbers.device)
        self.register_buffer("centroids", centroids)  # [H, K, P]
        self.register_buffer("assignments", numbers.new_full((H, M), UNKNOWN))

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

    def prepare(self, rows):
        """Make room for the utterances that are trained on.

        Arguments
        ---------
        rows : list of dict
            Manifest rows.
        """
        self.check(rows)
        self.memory.make_room(len(rows))
        self._make_room()

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
        self.memory.check_room()
        if int(self.clustered) == epoch:
            return False
        self.clustered.fill_(epoch)
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

    def groups_of(self, numbers):
        """Tell the clusters of utterances.

        Arguments
        ---------
        numbers : torch.Tensor
            See `recording_ids` [B].

        Returns
        -------
        torch.Tensor
            [H, B], `UNKNOWN` where an utterance was not clustered.
        """
        self.memory.check_room()
        places = self.memory.places_of(numbers)
        return torch.where(places >= 0, self.assignments[:, places], UNKNOWN)
