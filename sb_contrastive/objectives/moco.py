"""MoCo as an objective: a crop finds the momentum embedding of the other among a queue of earlier ones."""

import copy

import torch

from sb_contrastive.objectives.nt_xent import NTXent
from sb_contrastive.queue import recording_ids
from sb_contrastive.ranges import Share
from sb_contrastive.schedules import as_schedule


class MoCo(NTXent):
    """InfoNCE against a queue (He et al. 2020,
    https://arxiv.org/abs/1911.05722; with a margin on speech, Lepage & Dehak
    2024, https://arxiv.org/abs/2404.14913).

    The loss has two directions, queries of view 1 against keys of view 2 and
    the other way round, each with a queue of the keys of its own view. Both
    queues take the keys in after the backward pass, never between the
    directions: a key in the queue would be a negative of itself. Earlier keys of
    the same recordings are no negatives either: a small corpus has many of them
    in its queues.

    Arguments
    ---------
    loss : MoCoLoss
        The loss of one direction.
    queue : KeyQueue
        The queue of one view; it is copied for the other. Both are saved with
        the checkpoint.
    key_momentum : float or callable
        Progress -> m_k of the key encoder and its projector.
    margin : float or callable, optional
        Progress -> m; the loss's own m when absent.
    projector : torch.nn.Module, optional
        [N, D] -> [N, P]: the loss acts on what it makes of the embeddings.
    view : str
        Name of the two crops.

    Example
    -------
    >>> from sb_contrastive.losses import MoCoLoss
    >>> from sb_contrastive.queue import KeyQueue
    >>> from sb_contrastive.schedules import Constant
    >>> moco = MoCo(MoCoLoss(0.07), KeyQueue(64, 8), Constant(0.999))
    >>> len(moco.queues), moco.teacher_views
    (2, ('pair',))
    """

    needs_whole_batch = "the queues of MoCo take in the keys of each batch"

    def __init__(
        self,
        loss,
        queue,
        key_momentum: Share,
        margin=None,
        projector=None,
        view="pair",
    ):
        super().__init__(loss, margin, projector, view)
        self.queues = torch.nn.ModuleList([queue, copy.deepcopy(queue)])
        self.momentum = as_schedule(key_momentum)
        self.recordings = None  # of the last batch
        self.teacher_views = self.views
        self.followed = tuple(self.heads)

    def outputs(self, embeddings, heads):
        """Return queries and keys [2, B, P], and the numbers of the utterances that
        the keys are of, where these are not those of the batch."""
        queries, drawn = super().outputs(embeddings, heads)
        keys = embeddings.teacher[self.views[0]][:2]
        if "projector" in heads:
            rows = heads["teacher_projector"](keys.flatten(0, 1))
            keys = rows.unflatten(0, (2, -1))
        return queries, keys, drawn

    def loss(self, outputs, moment):
        """Compute the mean of both directions."""
        queries, keys, drawn = outputs
        margin = self.margin(moment.progress)
        own = recording_ids(moment.utterances).to(queries.device)  # [B]
        self.recordings = own if drawn is None else drawn
        directions = []
        for view in (1, 0):
            queue = self.queues[view]
            directions.append(
                self.criterion(
                    queries[1 - view],
                    keys[view],
                    queue.filled,
                    margin,
                    self._known(own, queue.filled_ids),
                    alike=self._alike(own, queue.filled_ids, moment.progress),
                )
            )
        return sum(directions) / 2

    def _known(self, own, earlier):
        """Tell which earlier keys are of the recording of a query or of its
        positive [B, K]."""
        known = own[:, None] == earlier
        if self.recordings is own:
            return known
        return known | (self.recordings[:, None] == earlier)

    def _alike(self, own, earlier, progress):
        """Tell which earlier keys have the label of an utterance [B, K]."""
        if not self.training:
            return None
        labels = self.negatives.labels_of(own, progress)
        if labels is None:
            return None
        return labels[:, None] == self.negatives.labels_of(earlier, progress)

    def after_batch(self, outputs, moment):
        """Fill the queues with the keys of the batch whose loss came last, and show
        the queries to the negatives: keys may be those of other utterances."""
        self.negatives.note(moment.utterances, outputs[0])
        for queue, view in zip(self.queues, outputs[1]):
            queue.enqueue(view, self.recordings)

    def watch(self, outputs, moment):
        """Keep the queries of a validation batch."""
        self.monitor.add(outputs[0])
