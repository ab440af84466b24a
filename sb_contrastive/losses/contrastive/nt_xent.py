"""NT-Xent, the loss of SimCLR, with a margin on the positive pair."""

import torch
from speechbrain.utils.autocast import fwd_default_precision

from sb_contrastive.distributed import (
    gather_over_ranks,
    gather_with_gradient,
    rank,
)
from sb_contrastive.losses.contrastive.one_positive import (
    ContrastiveLoss,
    unit_vectors,
)
from sb_contrastive.ranges import Positive, Share


class NTXentLoss(ContrastiveLoss):
    """Normalised, temperature-scaled cross-entropy between two views of a
    batch (Chen et al. 2020, https://arxiv.org/abs/2002.05709), with an additive
    or angular margin and, by default, symmetric (Lepage & Dehak 2024,
    https://arxiv.org/abs/2404.14913).

    In the symmetric loss each of the 2N views is an anchor, the other view of
    its utterance is the positive, and all 2(N - 1) views of other utterances are
    negatives. In the one-sided loss the anchors are the first views, and the
    second views of other utterances are negatives (cross-entropy over rows).

    In training, N counts the utterances of all processes: each process compares
    its own anchors with the views gathered from all, with gradient. Averaged
    over processes, loss and gradient equal those of one process with the joined
    batch. In evaluation nothing is gathered, because there every process has the
    same utterances.

    Arguments
    ---------
    temperature : float
        tau, above 0.
    margin : float
        m, which a call may replace.
    margin_type : str
        "additive" (AM) or "angular" (AAM).
    symmetric : bool
        Whether the second views are anchors too.

    Example
    -------
    >>> loss = NTXentLoss(temperature=1.0)
    >>> z = torch.eye(2)  # p = 1 for each anchor, and two negatives with n = 0
    >>> loss(z, z)  # log(1 + 2 / e)
    tensor(0.5514)
    """

    def __init__(
        self,
        temperature: Positive = 1 / 30,
        margin: Share = 0.0,
        margin_type="additive",
        symmetric=True,
    ):
        super().__init__(temperature, margin, margin_type)
        self.symmetric = symmetric

    @fwd_default_precision(cast_inputs=torch.float32)
    def forward(self, z1, z2, labels=None, margin=None):
        """Compute the loss of one batch.

        Arguments
        ---------
        z1 : torch.Tensor
            Raw embeddings of the first views [B, D].
        z2 : torch.Tensor
            Raw embeddings of the second views [B, D].
        labels : torch.Tensor, optional
            Class of each utterance [B], as integers (speakers, recordings,
            pseudo-labels). Other utterances of the same class would be false
            negatives and are left out.
        margin : float, optional
            m of this step, where it follows a schedule.

        Returns
        -------
        torch.Tensor
            Scalar, in nats.
        """
        if z1.ndim != 2 or z1.shape != z2.shape:
            raise ValueError(
                f"NT-Xent needs two views of the same shape [B, D], got "
                f"{list(z1.shape)} and {list(z2.shape)}"
            )
        if labels is not None and labels.shape != z1.shape[:1]:
            raise ValueError(
                f"labels give the class of each of the {len(z1)} utterances, "
                f"got a tensor of shape {list(labels.shape)}"
            )
        u1, u2 = unit_vectors(z1), unit_vectors(z2)
        all1, all2, first = u1, u2, 0
        if self.training:
            all1, all2 = gather_with_gradient(u1), gather_with_gradient(u2)
            labels = None if labels is None else gather_over_ranks(labels)
            first = rank() * len(u1)
        own = slice(first, first + len(u1))
        if labels is None:
            labels = torch.arange(len(all1), device=u1.device)  # all differ
        anchors, positives, others = u1, all2[own], all2  # [B, D] x 2, [N, D]
        mine = labels[own]
        if self.symmetric:
            anchors = torch.cat([u1, u2])  # [2B, D]
            positives = torch.cat([all2[own], all1[own]])  # [2B, D]
            others = torch.cat([all1, all2])  # [2N, D]
            mine, labels = mine.repeat(2), labels.repeat(2)
        positive = (anchors * positives).sum(dim=-1)  # [2B]
        cosines = anchors @ others.T  # [2B, 2N]
        # An anchor and its positive have one class too, so neither is a negative
        excluded = mine[:, None] == labels  # [2B, 2N]
        return self.terms(positive, cosines, excluded, margin).mean()
