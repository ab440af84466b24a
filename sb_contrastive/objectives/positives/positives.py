"""Holds what all choices of positives share: groups of utterances, and when they are used."""

import math

import torch
from torch.nn import functional as F

from sb_contrastive.ranges import Share

REFERENCE = "reference"  # the set of clean crops whose embeddings are grouped


class Positives(torch.nn.Module):
    """Groups of utterances that take part from a share of training on, at the
    earliest in the second epoch. In the epoch before, the embeddings of clean
    crops by the network in evaluation mode fill the memory of the groups; from
    then on they are refreshed as batches pass, and grouped anew in each epoch.

    Arguments
    ---------
    groups : ClusteredMemory, PseudoSpeakers or SpeakerGroups
        Of embeddings of the encoder; or the true speakers, an oracle.
    begins : float
        Share of training.

    Example
    -------
    >>> from sb_contrastive.objectives import SpeakerGroups
    >>> positives = Positives(SpeakerGroups(), begins=0.8)
    >>> positives.first_epoch(epochs=10), positives.first_epoch(epochs=1)
    (9, 2)
    """

    draws = False  # whether targets are replaced by those of other utterances

    def __init__(self, groups, begins: Share):
        super().__init__()
        self.groups, self.begins = groups, begins
        self.active = self.filling = False

    @property
    def uses_labels(self):
        """Says whether the groups are those of labels."""
        return self.groups.uses_labels

    @property
    def view(self):
        """The name of the crops that are grouped; None where none are needed."""
        return None if self.uses_labels else REFERENCE

    def check(self, rows):
        """Refuse utterances to train on (manifest rows) that cannot be grouped."""
        self.groups.check(rows)

    def prepare(self, rows, targets, crops):
        """Make ready for the utterances that are trained on.

        Arguments
        ---------
        rows : list of dict
            Manifest rows.
        targets : int
            Embeddings of an utterance that another is pulled to.
        crops : RandomCrops
            What draws the crops.
        """
        self.groups.prepare(rows)

    def first_epoch(self, epochs):
        """Return the epoch in which groups are used first, of so many."""
        # A share such as 0.8 of 10 is 8.000000000000001 at times
        return max(2, math.ceil(self.begins * epochs - 1e-6) + 1)

    def begin_epoch(self, epoch, epochs):
        """Group anew where this epoch uses groups.

        Arguments
        ---------
        epoch : int
            Its number.
        epochs : int
            Epochs in all.
        """
        first = self.first_epoch(epochs)
        self.active = epoch >= first
        self.filling = epoch >= first - 1 and first <= epochs
        if self.active:
            share = (epoch - first) / max(epochs - first, 1)
            self.groups.begin_epoch(epoch, share)

    def note(self, moment, targets, reference, drawn=None):
        """Take in a step after it was taken.

        Arguments
        ---------
        moment : Moment
            Who was in the batch.
        targets : torch.Tensor or None
            Embeddings of the batch's own targets [V, B, D].
        reference : torch.Tensor or None
            Embeddings of its clean crops [B, D].
        drawn : Drawn, optional
            What has replaced the targets.
        """
        if reference is not None:
            unit = F.normalize(reference.detach().float(), dim=-1)
            self.groups.memory.write(moment.utterances, unit[None])

    def figures(self):
        """Return figures of an epoch for the log, and start anew."""
        return {}
