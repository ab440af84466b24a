"""Triplet loss: an anchor is nearer to its positive than to its negative, by a margin."""

import torch
from speechbrain.utils.autocast import fwd_default_precision

from sb_contrastive.losses.contrastive.one_positive import unit_vectors


class TripletLoss(torch.nn.Module):
    """Hinge on cosine distances, d(u, v) = 1 - cos(u, v),

    L = mean max(0, d(a, p) - d(a, n) + m)

    (Schroff et al. 2015, https://arxiv.org/abs/1503.03832, there on squared
    Euclidean distances, which for unit vectors are twice these; on cosines with
    m = 1 in Lux et al. 2022, https://arxiv.org/abs/2211.01964). A margin of 1 is
    satisfied by cosines of 1 and 0, and nearly always active at first.

    A mean over triplets of equal weight: nothing needs gathering, the mean of
    the means of all processes is that of the joined batch.

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

    def __init__(self, margin=1.0):
        super().__init__()
        if not margin >= 0:
            raise ValueError(f"a margin is 0 or more, got {margin}")
        self.margin = margin

    @fwd_default_precision(cast_inputs=torch.float32)
    def forward(self, anchor, positive, negative):
        """The loss of N triplets.

        Arguments
        ---------
        anchor : torch.Tensor
            Raw embeddings [N, D].
        positive : torch.Tensor
            Of the class of each anchor [N, D].
        negative : torch.Tensor
            Of another class [N, D].

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
