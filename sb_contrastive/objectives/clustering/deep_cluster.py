"""DeepCluster-v2 as an objective: crops are told the cluster in which their utterance was an epoch ago."""

import torch
from torch.nn import functional as F

from sb_contrastive.losses.clustering.deep_cluster import DeepClusterLoss
from sb_contrastive.objectives.clustering.clustered_memory import (
    ClusteredMemory,
)
from sb_contrastive.objectives.pairs import PairObjective
from sb_contrastive.queue import recording_ids
from sb_contrastive.ranges import Count, Several


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
    >>> objective.groups.assignments.unique()
    tensor([-1])
    """

    needs_whole_batch = "the memory of DeepCluster takes in each batch"
    has_positive = False  # an utterance is pulled to its cluster
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
        self.groups = ClusteredMemory(memory, clusters, seed, clusterings)

    def check(self, rows):
        """Refuse more clusters than there are utterances."""
        self.groups.check(rows)

    def prepare(self, rows):
        """Make room for the utterances that are trained on."""
        self.groups.prepare(rows)

    def begin_epoch(self, epoch):
        """Cluster the memory, once an epoch."""
        self.groups.begin_epoch(epoch)

    def loss(self, outputs, moment):
        """Compute the loss of the utterances that were clustered."""
        numbers = recording_ids(moment.utterances).to(outputs.device)
        assignments = self.groups.groups_of(numbers)  # [H, B]
        z = F.normalize(outputs.float(), dim=-1)  # [2, B, P]
        scores = torch.einsum("vbp,hkp->hvbk", z, self.groups.centroids)
        return self.criterion(scores, assignments)

    def moved_by_forward(self):
        """Return nothing: a forward pass leaves memory and clusters as they are."""
        return []

    def after_batch(self, outputs, moment):
        """Remember the projections."""
        self.groups.memory.write(
            moment.utterances, F.normalize(outputs.detach().float(), dim=-1)
        )
