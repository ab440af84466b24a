"""The triplet loss pulls an anchor nearer to its positive than to its negative."""

import torch
from speechbrain.utils.autocast import fwd_default_precision

from sb_contrastive.losses.contrastive.one_positive import unit_vectors
from sb_contrastive.ranges import NotNegative


class TripletLoss(torch.nn.Module):
    """Hinge on cosine distances, d(u, v) = 1 - cos(u, v),

    L = mean max(0, d(a, p) - d(a, n) + m)

    Schroff et al. 2015 (https://arxiv.org/abs/1503.03832) use it on squared
    Euclidean distances, which are twice as large for unit vectors; Lux et al.
    2022 (https://arxiv.org/abs/2211.01964) use it on cosines with m = 1. Cosines
    of 1 and 0 satisfy a margin of 1, and at first it is nearly always active.

    All triplets have the same weight, so nothing is gathered: the mean over
    processes is the mean over the joined batch.

    Arguments
    ---------
    margin : float
        m, 0 or more.

    Example
    -------
    >>> a, n = torch.tensor([[1.0, 0.0]]), torch.tensor([[0.0, 2.0]])
    >>> TripletLoss(margin=1.0)(a, a, n)  # cosines of 1 and 0
    tensor(0.)
    >>> TripletLoss(margin=1.0)(a, n, a)  # and the other way round
    tensor(2.)
    """

    def __init__(self, margin: NotNegative = 1.0):
        super().__init__()
        if not margin >= 0:
            raise ValueError(f"a margin is 0 or more, got {margin}")
        self.margin = margin

    @fwd_default_precision(cast_inputs=torch.float32)
    def forward(self, anchor, positive, negative):
        """Compute the loss of N triplets.

        Arguments
        ---------
        anchor : torch.Tensor
            Raw embeddings of the anchors [N, D].
        positive : torch.Tensor
            Embeddings of the class of each anchor [N, D].
        negative : torch.Tensor
            Embeddings of another class [N, D].

        Returns
        -------
        torch.Tensor
            Scalar in [0, m + 2].
        """
        shapes = [list(x.shape) for x in (anchor, positive, negative)]
        if anchor.ndim != 2 or any(s != shapes[0] for s in shapes):
            raise ValueError(
                f"a triplet is three embeddings of the same shape [N, D], got "
                f"{shapes[0]}, {shapes[1]} and {shapes[2]}"
            )
        a, p, n = (unit_vectors(x) for x in (anchor, positive, negative))
        # d(a, p) - d(a, n) = a . (n - p)
        return ((a * (n - p)).sum(dim=-1) + self.margin).relu().mean()
