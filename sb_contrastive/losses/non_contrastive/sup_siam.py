"""The loss of SupSiam and SupBYOL: predictions agree with the other view, and with the mean of their class."""

import torch
from speechbrain.utils.autocast import fwd_default_precision

from sb_contrastive.losses.contrastive.one_positive import unit_vectors
from sb_contrastive.ranges import Share


class SupSiamLoss(torch.nn.Module):
    """A self-supervised and a supervised agreement (Oh & Lee 2024,
    https://arxiv.org/abs/2406.10815),

    L = a L_ssl + (1 - a) L_sup
    L_ssl = - (p1 . z2 + p2 . z1) / 2
    L_sup = - (p1 . t2 + p2 . t1) / 2, averaged over the batch,

    where p and z have unit length and t is the mean of all embeddings of the
    same label in a queue. The mean is not scaled to unit length: the more a
    class is spread, the weaker is its pull. Where the queue has none of a label,
    t is z of the same view. No gradient reaches z and t.

    Arguments
    ---------
    self_supervised_share : float
        a; 1 is SimSiam or BYOL.

    Example
    -------
    >>> z, labels = torch.eye(3), torch.arange(3)
    >>> loss = SupSiamLoss()
    >>> loss(z, z, z, z, labels, queue=z, queue_labels=labels)
    tensor(-1.)
    """

    def __init__(self, self_supervised_share: Share = 0.5):
        super().__init__()
        if not 0 <= self_supervised_share <= 1:
            raise ValueError(
                f"self_supervised_share is a share in [0, 1], got "
                f"{self_supervised_share}"
            )
        self.self_supervised_share = self_supervised_share

    @fwd_default_precision(cast_inputs=torch.float32)
    def forward(self, p1, p2, z1, z2, labels, queue, queue_labels):
        """Compute the loss of one batch.

        Arguments
        ---------
        p1, p2 : torch.Tensor
            Predictions of both views [B, D], raw.
        z1, z2 : torch.Tensor
            Targets of both views [B, D], raw.
        labels : torch.Tensor
            Integer labels [B].
        queue : torch.Tensor
            Earlier embeddings of unit length [K, D]; K may be 0.
        queue_labels : torch.Tensor
            Their labels [K].

        Returns
        -------
        torch.Tensor
            Scalar in [-1, 1].
        """
        p1, p2 = unit_vectors(p1), unit_vectors(p2)
        z1, z2 = unit_vectors(z1.detach()), unit_vectors(z2.detach())
        t1 = class_means(z1, labels, queue, queue_labels)
        t2 = class_means(z2, labels, queue, queue_labels)
        a = self.self_supervised_share
        return a * _agreement(p1, p2, z1, z2) + (1 - a) * _agreement(
            p1, p2, t1, t2
        )


def class_means(z, labels, queue, queue_labels):
    """Compute the mean of each item's class in a queue.

    Arguments
    ---------
    z : torch.Tensor
        The items' own embeddings [B, D], taken where a class is absent.
    labels : torch.Tensor
        Their labels [B].
    queue, queue_labels : torch.Tensor
        Earlier embeddings [K, D], and their labels [K].

    Returns
    -------
    torch.Tensor
        [B, D].

    Example
    -------
    >>> queue, own = torch.tensor([[1.0], [3.0], [9.0]]), torch.zeros(2, 1)
    >>> labels = torch.tensor([0, 5])
    >>> class_means(own, labels, queue, torch.tensor([0, 0, 1])).flatten()
    tensor([2., 0.])
    """
    same = (labels[:, None] == queue_labels).to(z)  # [B, K]
    counts = same.sum(dim=1, keepdim=True)
    mean = same @ queue.to(z) / counts.clamp(min=1)
    return torch.where(counts > 0, mean, z)


def _agreement(p1, p2, z1, z2):
    return -((p1 * z2).sum(dim=1) + (p2 * z1).sum(dim=1)).mean() / 2
