"""Self-supervised positive sampling: the target is that of another recording, probably of the same speaker."""

from typing import NamedTuple

import numpy as np
import torch
from torch.nn import functional as F

from sb_contrastive.data.randomness import keyed_generator
from sb_contrastive.objectives.clustering.clustered_memory import (
    ClusteredMemory,
)
from sb_contrastive.objectives.clustering.speaker_groups import SpeakerGroups
from sb_contrastive.objectives.positives.positives import Positives
from sb_contrastive.queue import KeyQueue, recording_ids
from sb_contrastive.ranges import Count, Share, Whole
from sb_contrastive.training.steps.epoch_means import EpochMeans

LONGEST = 25_000  # of a queue whose size is not given, as in the paper
ROUNDING = 1e-6  # of a share of training that is kept in float32


class Drawn(NamedTuple):
    """Holds stored `targets` [V, B, D] of other utterances, of which those in
    `found` [B] replace the batch's own; `numbers` [B] of the utterances that the
    targets are of then, see `recording_ids`; and their `places` in the queue."""

    targets: torch.Tensor
    found: torch.Tensor
    numbers: torch.Tensor
    places: torch.Tensor

    def instead_of(self, own):
        """Replace targets.

        Arguments
        ---------
        own : torch.Tensor
            [G, B, D]; if G is above V, nothing is replaced.

        Returns
        -------
        torch.Tensor
            [G, B, D], without gradient where they are replaced.
        """
        targets = self.targets[: len(own)].to(own)
        if len(targets) < len(own):
            return own
        return torch.where(self.found[:, None], targets, own)


class SSPS(Positives):
    """Self-supervised positive sampling (Lepage & Dehak 2025,
    https://arxiv.org/abs/2501.17772 and https://arxiv.org/abs/2505.14561). The
    other crop of an utterance has its channel and its noise; the target of
    another recording of the same speaker has not, so that a network which is
    pulled to it has to learn the voice.

    Utterances are clustered by embeddings of clean crops. For each one a cluster
    is drawn among the `window` nearest to its own, then one of the stored
    targets of that cluster, which replaces its own target; where there is none,
    it keeps its own. Draws depend on (seed, epoch, utterance). What is stored
    are always the utterances' own targets, of before the heads, and only those of
    the last `oldest` share of training are drawn.

    The log has `positives_replaced` (share of targets that were replaced) and
    `positives_cosine` (their mean cosine to the own ones); where the manifest
    has speakers, also `positives_same_speaker`, for judging only.

    Arguments
    ---------
    groups : ClusteredMemory, PseudoSpeakers or SpeakerGroups
        See `Positives`.
    dim : int
        D, the size of an embedding.
    window : int
        M_w, the number of nearest other clusters; 0: the own cluster. 1 where
        there are more clusters than speakers, 0 where there are as many.
    queue_size : int, optional
        Stored targets; when absent, as many as utterances, at most 25 000.
    begins : float
        Share of training.
    seed : int
        Of the draws.
    oldest : float
        Share of training after which a stored target is not drawn any more: the
        network that has made it is not the one of now.

    Example
    -------
    >>> from sb_contrastive.objectives import Moment, SpeakerGroups
    >>> ssps = SSPS(SpeakerGroups(), dim=1, window=0, begins=0.0)
    >>> rows = [{"ID": i, "spk_id": i[0]} for i in ("a1", "a2", "b1")]
    >>> ssps.prepare(rows, targets=1, crops=None)
    >>> moment = Moment(0.0, 0, 2, ["a1", "a2", "b1"])
    >>> own = torch.tensor([[[1.0], [2.0], [3.0]]])
    >>> ssps.note(moment, own, None)
    >>> ssps.draw(moment, own).instead_of(own).flatten()  # b1 is alone
    tensor([2., 1., 3.])
    """

    draws = True

    def __init__(
        self,
        groups,
        dim: Count,
        window: Whole = 1,
        queue_size: Count | None = None,
        begins: Share = 0.8,
        seed=0,
        oldest: Share = 0.01,
    ):
        super().__init__(groups, begins)
        if window and not isinstance(groups, ClusteredMemory):
            raise ValueError(
                f"speakers have no neighbours to draw a positive from: set "
                f"window to 0, got {window}"
            )
        self.dim, self.window, self.seed = dim, window, seed
        self.queue_size, self.oldest, self.judge = queue_size, oldest, None
        self.queue = KeyQueue(queue_size or 1, dim + 1)
        self.means = EpochMeans(["replaced", "cosine", "same_speaker"])

    def prepare(self, rows, targets, crops):
        """Make room for the utterances and their targets, see `Positives`."""
        super().prepare(rows, targets, crops)
        device = self.queue.keys.device
        size = self.queue_size or min(len(rows), LONGEST)
        # The last number of a key is the share of training when it was stored
        self.queue = KeyQueue(size, targets * self.dim + 1).to(device)
        if all(row.get("spk_id") for row in rows):
            judge = SpeakerGroups()
            judge.prepare(rows)
            # Not a part of this module: it has no part in training
            self.judge = [judge.to(device)]

    def draw(self, moment, own):
        """Draw a stored target for each utterance of a batch.

        Arguments
        ---------
        moment : Moment
            Who is in the batch, and the epoch.
        own : torch.Tensor
            Their own targets [V, B, D].

        Returns
        -------
        Drawn
        """
        stored, device = self.queue, self.queue.keys.device
        numbers = recording_ids(moment.utterances).to(device)  # [B]
        uniform = [
            keyed_generator(self.seed, moment.epoch, u, "positive").random(2)
            for u in moment.utterances
        ]
        uniform = torch.from_numpy(np.stack(uniform)).to(device)  # [B, 2]
        cluster = self._chosen_clusters(numbers, uniform[:, 0])
        theirs = self.groups.groups_of(stored.filled_ids)[0]  # [M]
        fits = (cluster[:, None] == theirs) & (cluster >= 0)[:, None]
        fits &= numbers[:, None] != stored.filled_ids
        fits &= moment.progress - stored.filled[:, -1] <= self.oldest + ROUNDING
        count = fits.sum(dim=1)  # [B]
        found = count > 0
        if not len(theirs):
            targets = torch.zeros_like(own)
            return Drawn(targets, found, numbers, torch.zeros_like(count))
        nth = (uniform[:, 1] * count).long().clamp(max=len(theirs) - 1)
        places = (fits.cumsum(dim=1) > nth[:, None]).int().argmax(dim=1)
        targets = stored.filled[places, :-1].unflatten(1, (-1, self.dim))
        whose = torch.where(found, stored.filled_ids[places], numbers)
        return Drawn(targets.transpose(0, 1), found, whose, places)

    def _chosen_clusters(self, numbers, uniform):
        """Draw one of the nearest other clusters of each utterance [B]."""
        own = self.groups.groups_of(numbers)[0]
        window = self.window
        if window:
            centroids = self.groups.latest[0]  # [K, D]
            window = min(window, len(centroids) - 1)
        if window < 1:  # one cluster, or none yet
            return own
        cosines = centroids[own] @ centroids.T  # [B, K]
        cosines.scatter_(1, own.clamp(min=0)[:, None], -2.0)
        nearest = cosines.topk(window, dim=1).indices  # [B, window]
        which = (uniform * window).long().clamp(max=window - 1)
        chosen = nearest.gather(1, which[:, None])[:, 0]
        return torch.where(own >= 0, chosen, own)

    def note(self, moment, targets, reference, drawn=None):
        """Store the own targets of a step, see `Positives`, and count what was
        `drawn` in it."""
        if drawn is not None:
            self._count(moment, targets, drawn)
        super().note(moment, targets, reference)
        rows = targets.detach().float().transpose(0, 1).flatten(1)  # [B, V * D]
        when = rows.new_full((len(rows), 1), moment.progress)
        self.queue.enqueue(
            torch.cat([rows, when], dim=1),
            recording_ids(moment.utterances).to(rows.device),
        )

    def _count(self, moment, own, drawn):
        cosine = F.cosine_similarity(
            own[0].detach().float(), drawn.targets[0], dim=-1
        )
        same = torch.zeros_like(cosine)
        if self.judge:
            (judge,) = self.judge
            mine = recording_ids(moment.utterances).to(same.device)
            same = (
                judge.groups_of(mine)[0] == judge.groups_of(drawn.numbers)[0]
            ).float()
        # Sums over the batch, so that several processes have the same mean
        self.means.add(
            {
                "replaced": drawn.found.float().mean(),
                "cosine": cosine.where(drawn.found, 0).mean(),
                "same_speaker": same.where(drawn.found, 0).mean(),
            }
        )

    def figures(self):
        """Return the figures of an epoch, see `SSPS`, and start anew."""
        if not int(self.means.steps):
            return {}
        means = self.means.read()
        share = means["replaced"]
        found = {"positives_replaced": share}
        if share:
            found["positives_cosine"] = means["cosine"] / share
            if self.judge:
                found["positives_same_speaker"] = means["same_speaker"] / share
        return found
