"""Learnt prototypes on the unit sphere."""

import torch

from sb_contrastive.encoders.heads.cosines import cosines
from sb_contrastive.ranges import Count, Several


class Prototypes(torch.nn.Module):
    """Cosines of vectors to K learnt prototypes, as SwAV (Caron et al. 2020,
    https://arxiv.org/abs/2006.09882) and SDPN have them. Their lengths do not
    count.

    Arguments
    ---------
    dim : int
        Size of the vectors.
    count : int
        K.

    Example
    -------
    >>> scores = Prototypes(dim=8, count=16)(torch.randn(4, 8))
    >>> scores.shape, bool((scores.abs() <= 1 + 1e-6).all())
    (torch.Size([4, 16]), True)
    """

    def __init__(self, dim: Count, count: Several):
        super().__init__()
        self.weight = torch.nn.Linear(dim, count, bias=False).weight

    def forward(self, z):
        """Compute cosines.

        Arguments
        ---------
        z : torch.Tensor
            Raw vectors [..., D].

        Returns
        -------
        torch.Tensor
            [..., K] in [-1, 1]; float64 if `z` is, float32 otherwise.
        """
        return cosines(z, self.weight)
