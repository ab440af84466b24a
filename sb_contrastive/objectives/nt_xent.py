"""SimCLR as an objective: two crops of an utterance find each other within the batch."""

import torch

from sb_contrastive.objectives.pairs import PairObjective
from sb_contrastive.queue import recording_ids
from sb_contrastive.schedules import as_schedule


class NTXent(PairObjective):
    """NT-Xent between the two crops of each utterance (Chen et al. 2020,
    https://arxiv.org/abs/2002.05709), with a margin that may follow a schedule
    (Lepage & Dehak 2024, https://arxiv.org/abs/2404.14913).

    Arguments
    ---------
    loss : NTXentLoss
        Compares the two sides.
    margin : float or callable, optional
        Progress -> m; the loss's own m when absent.
    projector : torch.nn.Module, optional
        [N, D] -> [N, P]: the loss acts on what it makes of the embeddings.
    view : str
        Name of the two crops.

    Example
    -------
    >>> from sb_contrastive.losses import NTXentLoss
    >>> NTXent(NTXentLoss(margin=0.1)).margin(0.5)
    0.1
    """

    needs_whole_batch = (
        "a contrastive loss compares every utterance of a batch with all others"
    )

    def __init__(self, loss, margin=None, projector=None, view="pair"):
        super().__init__(loss, projector, view)
        self.margin = as_schedule(loss.margin if margin is None else margin)
        self.crops_compared = self.least_crops = 2 + self.negatives.third_view

    @property
    def negatives(self):
        """Returns the `Negatives`, a part of the loss: they say which others are such."""
        return self.criterion.negatives

    @property
    def uses_labels(self):
        """Tells whether labels say who is a negative."""
        return self.negatives.uses_labels

    def check(self, rows):
        """Refuse utterances to train on that do not suit the negatives."""
        self.negatives.check(rows)

    def prepare(self, rows):
        """Make room for the utterances that are trained on."""
        self.negatives.prepare(rows)

    def begin_epoch(self, epoch):
        """Prepare the negatives for an epoch."""
        self.negatives.begin_epoch(epoch)

    def outputs(self, embeddings, heads):
        """Return what the loss compares [2, B, P], and the numbers [B] of the
        utterances that the second crops are of, where these are others."""
        return super().outputs(embeddings, heads), embeddings.drawn

    def loss(self, outputs, moment):
        """Compute the loss at the margin of this step."""
        crops, drawn = outputs
        numbers = recording_ids(moment.utterances).to(crops.device)
        labels, pairs = None, {}
        if drawn is not None:
            pairs["recordings"] = torch.stack([numbers, drawn], dim=1)
        if self.training:  # nobody has grouped what is held out
            labels = self.negatives.labels_of(numbers, moment.progress)
        margin = self.margin(moment.progress)
        return self.criterion(*crops[:2], labels, margin, *crops[2:], **pairs)

    def moved_by_forward(self):
        """Return nothing: a forward pass leaves the negatives as they are."""
        return []

    def after_batch(self, outputs, moment):
        """Show the negatives the first crops of a step: the second may be those of
        other utterances."""
        self.negatives.note(moment.utterances, outputs[0][:1])

    def watch(self, outputs, moment):
        """Keep the pairs of a validation batch."""
        self.monitor.add(outputs[0][:2])

    def figures(self, loss, progress):
        """Return the margin, and how well the pairs agree."""
        return {
            "margin": self.margin(progress),
            **super().figures(loss, progress),
        }
