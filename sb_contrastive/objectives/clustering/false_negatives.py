"""Utterances of one cluster are no negatives of each other, or even positives."""

import torch
from torch.nn import functional as F

from sb_contrastive.distributed import copy_from_first_rank
from sb_contrastive.losses.contrastive.negatives.negatives import Negatives
from sb_contrastive.objectives.clustering.clustered_memory import (
    ClusteredMemory,
)
from sb_contrastive.objectives.clustering.kmeans import parts_of
from sb_contrastive.ranges import Positive, Share


class FalseNegatives(Negatives):
    """Incremental false negative detection, IFND (Chen et al. 2022,
    https://arxiv.org/abs/2106.03719). Embeddings are clustered when an epoch
    begins, and utterances of one cluster are taken for one speaker, the surest
    first: how sure is the softmax of the cosines to all centroids, over
    `temperature`, at the own one. The accepted share grows linearly from 0 at
    `begins` to all at the end of training.

    Accepted utterances of one cluster are left out of each other's negatives
    (elimination), or pulled together, with `Attraction` as the weighting.

    Arguments
    ---------
    groups : ClusteredMemory or SpeakerGroups
        Of embeddings as the loss compares them; or the true speakers, which are
        all accepted at `begins`.
    weighting : Negatives, optional
        How other negatives count; all alike when absent.
    begins : float
        Share of training from which on utterances are accepted.
    temperature : float
        Of the softmax.

    Example
    -------
    >>> from sb_contrastive.queue import recording_ids
    >>> from sb_contrastive.utterance_memory import UtteranceMemory
    >>> groups = ClusteredMemory(UtteranceMemory(4, 2, views=1), clusters=2)
    >>> negatives = FalseNegatives(groups)
    >>> negatives.prepare([{"ID": i} for i in "abcd"])
    >>> z = torch.tensor([[1.0, 0.0], [0.9, 0.1], [0.0, 1.0], [0.1, 0.9]])
    >>> negatives.note(list("abcd"), z[None])
    >>> negatives.begin_epoch(2)
    >>> labels = negatives.labels_of(recording_ids("abcd"), progress=1.0)
    >>> labels[0] == labels[1], labels[0] == labels[2]
    (tensor(True), tensor(False))
    """

    def __init__(
        self,
        groups,
        weighting=None,
        begins: Share = 0.0,
        temperature: Positive = 0.1,
    ):
        super().__init__()
        self.groups, self.weighting = groups, weighting or Negatives()
        if self.weighting.third_view:
            raise ValueError(
                f"{type(self.weighting).__name__} has a third view, for which "
                f"there are no clusters: take another weighting"
            )
        if getattr(groups, "clusters_at_end", None):
            raise ValueError(
                "false negatives are found by one number of clusters "
                "throughout: leave clusters_at_end out"
            )
        self.begins, self.temperature = begins, temperature
        self._make_room()

    def _make_room(self):
        if self._clusters:
            # Share of the utterances that are surer, by the place in the memory
            doubts = self.groups.centroids.new_ones(
                self.groups.assignments.shape[1]
            )
            self.register_buffer("doubts", doubts)

    @property
    def _clusters(self):
        return isinstance(self.groups, ClusteredMemory)

    @property
    def uses_labels(self):
        """Tells whether the groups are those of labels."""
        return self.groups.uses_labels

    def terms(self, compared):
        """Compute the loss of each anchor [N]."""
        return self.weighting.terms(compared)

    def check(self, rows):
        """Refuse utterances that cannot be grouped."""
        self.groups.check(rows)

    def prepare(self, rows):
        """Make room for the utterances that are trained on (manifest rows)."""
        self.groups.prepare(rows)
        self._make_room()

    def begin_epoch(self, epoch):
        """Cluster anew, and put the utterances in order, the surest first."""
        if not self.groups.begin_epoch(epoch):
            return
        z = F.normalize(self.groups.memory.filled[0].float(), dim=1)  # [N, D]
        centroids = self.groups.centroids[0]
        sure = [
            (part @ centroids.T / self.temperature).softmax(1).amax(1)
            for part in parts_of(z, centroids)
        ]
        order = torch.cat(sure).argsort(descending=True, stable=True)
        self.doubts.fill_(1.0)
        ranks = torch.arange(1, len(order) + 1, device=order.device)
        self.doubts[order] = ranks / len(order)
        copy_from_first_rank([self.doubts])

    def accepted(self, progress):
        """Return the share of utterances that are accepted at a share of training
        done."""
        if progress < self.begins or self.begins == 1:
            return 0.0
        return (progress - self.begins) / (1 - self.begins)

    def labels_of(self, numbers, progress):
        """Give utterances [N] of one speaker one label, as far as they are
        accepted; others have one of their own."""
        found = self.groups.groups_of(numbers)[0]
        sure = found >= 0
        if self._clusters:
            places = self.groups.memory.places_of(numbers)
            sure = sure & (self.doubts[places] <= self.accepted(progress))
        else:
            sure = sure & (progress >= self.begins)
        # Numbers of utterances are 0 or more, so that no label is one
        return torch.where(sure, -2 - found, numbers)

    def note(self, utterances, embeddings):
        """Take in the mean of the embeddings [V, B, D] of a step."""
        if self._clusters:
            unit = F.normalize(embeddings.detach().float(), dim=-1)
            mean = unit.mean(dim=0, keepdim=True)
            self.groups.memory.write(utterances, F.normalize(mean, dim=-1))
