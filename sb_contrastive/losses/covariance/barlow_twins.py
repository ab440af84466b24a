"""Barlow Twins makes each coordinate agree over a pair, and with no other coordinate."""

import torch
from speechbrain.utils.autocast import fwd_default_precision

from sb_contrastive.losses.covariance.pairs import gathered_pairs
from sb_contrastive.ranges import NotNegative


class BarlowTwinsLoss(torch.nn.Module):
    """Distance of the cross-correlation of the two sides from the identity
    (Zbontar et al. 2021, https://arxiv.org/abs/2103.03230, Eqs. 1 and 2),

    L = sum_i (C_ii - 1)^2 + lambda sum_{i != j} C_ij^2 ,

    where C_ij is the correlation of coordinate i of one side with coordinate j
    of the other over the batch. If a pair is two items of one class, C_ii
    estimates the intra-class correlation of coordinate i, and the first term
    asks that all of its variance be between classes. Embeddings collapsed to K
    points have rank K - 1 at most, so the second sum is at least D^2 / (K - 1) -
    D: with few classes, lambda has to be far below (K - 1) / D.

    In training the statistics are those of the batches of all processes
    together, in evaluation those of the batch. A constant coordinate has C = 0
    with any other.

    Arguments
    ---------
    off_diagonal_weight : float
        lambda. The paper has 5.1e-3 for D = 8192 and batches of 2048, Lux et
        al. 2022 (https://arxiv.org/abs/2211.01964) a tenth of it for classes.
    eps : float
        Added to each variance.

    Example
    -------
    >>> z = torch.tensor([[1.0, 1.0], [1.0, -1.0], [-1.0, 1.0], [-1.0, -1.0]])
    >>> BarlowTwinsLoss()(z, z) < 1e-8  # the sides agree, coordinates are unrelated
    tensor(True)
    >>> BarlowTwinsLoss()(z, torch.zeros(4, 2))  # nothing agrees
    tensor(2.)
    """

    def __init__(self, off_diagonal_weight: NotNegative = 5.1e-3, eps=1e-5):
        super().__init__()
        if not off_diagonal_weight >= 0:
            raise ValueError(
                f"off_diagonal_weight is 0 or more, got {off_diagonal_weight}"
            )
        self.off_diagonal_weight = off_diagonal_weight
        self.eps = eps

    @fwd_default_precision(cast_inputs=torch.float32)
    def forward(self, z1, z2):
        """Compute the loss of N pairs.

        Arguments
        ---------
        z1 : torch.Tensor
            Raw embeddings of one side [N, D], N >= 2 over all processes.
        z2 : torch.Tensor
            Raw embeddings of the other side [N, D].

        Returns
        -------
        torch.Tensor
            Scalar, a sum over coordinates that grows with D.
        """
        z1, z2 = gathered_pairs("Barlow Twins", z1, z2, self.training)
        C = self.correlation(z1, z2)  # [D, D]
        diagonal = C.diagonal()
        off = C.square().sum() - diagonal.square().sum()
        return (diagonal - 1).square().sum() + self.off_diagonal_weight * off

    def correlation(self, z1, z2):
        """Compute the matrix C of the two sides.

        Arguments
        ---------
        z1 : torch.Tensor
            One side [N, D].
        z2 : torch.Tensor
            The other side [N, D].

        Returns
        -------
        torch.Tensor
            [D, D], whose rows belong to `z1`; entries are in (-1, 1).
        """
        h1, h2 = (
            (z - z.mean(dim=0))
            * (z.var(dim=0, correction=0) + self.eps).rsqrt()
            for z in (z1, z2)
        )  # [N, D], as batch normalisation without affine
        return h1.T @ h2 / len(z1)
