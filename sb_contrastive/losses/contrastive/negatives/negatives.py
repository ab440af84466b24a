"""All negatives alike, and what another choice of negatives may change."""

from typing import NamedTuple, Optional

import torch

# exp gives 0 here as for -inf, but a row of nothing else has a gradient of 0,
# where -inf would give NaN
LOWEST = -1e30


class Compared(NamedTuple):
    """Holds cosines of N anchors: with their `positive` [N], the same with its
    margin, `phi` [N], and with M `others` [N, M]. Of the others, those in
    `outside` [N, M] are the anchor itself and its positive, or known to be of
    its recording; those that are `alike` [N, M] have its label. Either may be
    None, where there are none. Cosines are divided by `temperature`."""

    positive: torch.Tensor
    phi: torch.Tensor
    others: torch.Tensor
    outside: Optional[torch.Tensor]
    alike: Optional[torch.Tensor]
    temperature: float

    @property
    def left_out(self):
        """The others that are no negatives [N, M], or None."""
        if self.outside is None or self.alike is None:
            return self.alike if self.outside is None else self.outside
        return self.outside | self.alike

    def masked(self, logits, excluded):
        """Take entries out of a sum of exponentials.

        Arguments
        ---------
        logits : torch.Tensor
            [N, M].
        excluded : torch.Tensor or None
            Booleans [N, M].

        Returns
        -------
        torch.Tensor
            [N, M].
        """
        if excluded is None:
            return logits
        return logits.masked_fill(excluded, LOWEST)


class Negatives(torch.nn.Module):
    """Every other utterance is a negative, and all count alike, as in NT-Xent
    (Chen et al. 2020, https://arxiv.org/abs/2002.05709); others of an anchor's
    label are left out.

    A subclass changes the sum over the negatives, or the term of an anchor. One
    that needs to know which utterances are alike has state: it is told the
    utterances to train on (`prepare`), that an epoch begins (`begin_epoch`), and
    the embeddings of each step (`note`), and gives labels (`labels_of`).

    Example
    -------
    >>> compared = Compared(
    ...     torch.tensor([0.5]), torch.tensor([0.5]), torch.tensor([[0.5]]),
    ...     None, None, temperature=1.0,
    ... )
    >>> Negatives().terms(compared)  # log 2
    tensor([0.6931])
    """

    third_view = False  # whether a third crop of each utterance takes part
    uses_labels = False  # of the utterances that are trained on

    def pulls(self, symmetric):
        """List who is pulled to whom.

        Arguments
        ---------
        symmetric : bool
            Whether second views are anchors too.

        Returns
        -------
        list of tuple
            (view of the anchor, view of its positive, weight), from 0.
        """
        return [(0, 1, 1.0), (1, 0, 1.0)] if symmetric else [(0, 1, 1.0)]

    def log_mass(self, compared):
        """Compute the logarithm of what the positive stands against.

        Arguments
        ---------
        compared : Compared
            Cosines.

        Returns
        -------
        torch.Tensor
            [N]; `LOWEST` or less where there is no negative.
        """
        logits = compared.others / compared.temperature
        return compared.masked(logits, compared.left_out).logsumexp(dim=1)

    def terms(self, compared):
        """Compute the loss of each anchor.

        Arguments
        ---------
        compared : Compared
            Cosines.

        Returns
        -------
        torch.Tensor
            [N], in nats.
        """
        return against(
            self.log_mass(compared), compared.phi / compared.temperature
        )

    def check(self, rows):
        """Refuse utterances to train on (manifest rows) that do not do."""

    def prepare(self, rows):
        """Make room for the utterances that are trained on (manifest rows)."""

    def begin_epoch(self, epoch):
        """Prepare for an epoch of training, or for the rest of one."""

    def labels_of(self, numbers, progress):
        """Tell which utterances are alike.

        Arguments
        ---------
        numbers : torch.Tensor
            Utterances [N], see `recording_ids`.
        progress : float
            Share of the training done.

        Returns
        -------
        torch.Tensor or None
            Equal integers [N] for those that are; None where nothing is known.
        """
        return None

    def note(self, utterances, embeddings):
        """Take in the embeddings [V, B, D] of a step, after it was taken."""


def against(log_mass, logit):
    """Compute -log of the share that e^logit has beside a mass.

    Arguments
    ---------
    log_mass : torch.Tensor
        Logarithm of the mass of the negatives [N].
    logit : torch.Tensor
        Of the positive [N].

    Returns
    -------
    torch.Tensor
        [N]; exactly 0, with a gradient of 0, where there is no mass.

    Example
    -------
    >>> against(torch.tensor([0.0, LOWEST]), torch.tensor([0.0, 0.0]))
    tensor([0.6931, 0.0000])
    """
    x = log_mass - logit
    # F.softplus is linear from 20 on
    return torch.logaddexp(x, torch.zeros_like(x))
