"""DeepCluster-v2 as an objective: crops are told the cluster in which their utterance was an epoch ago."""

import torch
from torch.nn import functional as F

from sb_contrastive.distributed import copy_from_first_rank
from sb_contrastive.losses.clustering.deep_cluster import DeepClusterLoss
from sb_contrastive.objectives.clustering.kmeans import spherical_kmeans
from sb_contrastive.objectives.pairs import PairObjective
from sb_contrastive.ranges import Count, Several

UNKNOWN = -1  # the cluster of an utterance that was not there an epoch ago


class DeepCluster(PairObjective):
    """Clusters of the last epoch as classes of this one (Caron et al. 2018,
    https://arxiv.org/abs/1807.05520; this version in Caron et al. 2020,
    https://arxiv.org/abs/2006.09882, Sec. 4.1).

    A memory keeps the last projections of each utterance. When an epoch begins,
    those of the first and of the second crop are clustered in turn; centroids
    stay fixed until the next. **The first epoch fills the memory and trains
    nothing**; its loss is 0.

    Arguments
    ---------
    projector : torch.nn.Module
        [N, D] -> [N, P].
    memory : UtteranceMemory
        Of projections, with places for the utterances of the corpus.
    clusters : int
        K of each clustering.
    clusterings : int
        H.
    seed : int
        Clusters begin by (seed, epoch, clustering).
    loss : DeepClusterLoss, optional
        Compares projections and centroids.
    view : str
        Name of the two crops.

    Example
    -------
    >>> from sb_contrastive.utterance_memory import UtteranceMemory
    >>> memory = UtteranceMemory(size=16, dim=4)
    >>> objective = DeepCluster(torch.nn.Linear(8, 4), memory, clusters=2)
    >>> objective.begin_epoch(1)  # nothing to cluster yet
    >>> objective.assignments.unique()
    tensor([-1])
    """

    needs_whole_batch = "the memory of DeepCluster takes in each batch"
    validated = False  # utterances that are held out have no cluster

    def __init__(
        self,
        projector,
        memory,
        clusters: Several = 3000,
        clusterings: Count = 3,
        seed=0,
        loss=None,
        view="pair",
    ):
        super().__init__(loss or DeepClusterLoss(), projector, view)
        self.seed = seed
        self.memory = memory
        M, P = memory.embeddings.shape[1:]
        if M < clusters:
            raise ValueError(
                f"a memory of {M} utterances cannot make {clusters} clusters: "
                f"give it as many places as the corpus has utterances, or set "
                f"--clusters lower"
            )
        centroids = torch.zeros(clusterings, clusters, P)
        assignments = torch.full((clusterings, M), UNKNOWN)
        self.register_buffer("centroids", centroids)  # [H, K, P]
        self.register_buffer("assignments", assignments)  # [H, M]
        self.register_buffer("clustered", torch.zeros((), dtype=torch.long))

    def begin_epoch(self, epoch):
        """Cluster the memory, once an epoch."""
        if int(self.clustered) == epoch:
            return  # resumed: the memory is that of this epoch by now
        self.clustered.fill_(epoch)
        remembered = self.memory.filled
        if not remembered.shape[1]:
            return
        self.assignments.fill_(UNKNOWN)
        for h, centroids in enumerate(self.centroids):
            found, nearest = spherical_kmeans(
                remembered[h % len(remembered)],
                len(centroids),
                (self.seed, epoch, h, "clusters"),
            )
            centroids.copy_(found)
            self.assignments[h, : len(nearest)] = nearest
        # Sums on a GPU have no fixed order
        copy_from_first_rank([self.centroids, self.assignments])

    def loss(self, outputs, moment):
        """Compute the loss of the utterances that were clustered."""
        places = self.memory.places(moment.utterances)  # [B]
        assignments = torch.where(
            places >= 0, self.assignments[:, places], UNKNOWN
        )
        z = F.normalize(outputs.float(), dim=-1)  # [2, B, P]
        scores = torch.einsum("vbp,hkp->hvbk", z, self.centroids)
        return self.criterion(scores, assignments)

    def moved_by_forward(self):
        """Return nothing: a forward pass leaves memory and clusters as they are."""
        return []

    def after_batch(self, outputs, moment):
        """Remember the projections."""
        self.memory.write(
            moment.utterances, F.normalize(outputs.detach().float(), dim=-1)
        )
