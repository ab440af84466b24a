"""Barlow Twins: each coordinate agrees over a pair, and with no other coordinate."""

import torch
from speechbrain.utils.autocast import fwd_default_precision

from sb_contrastive.losses.non_contrastive.pairs import gathered_pairs


class BarlowTwinsLoss(torch.nn.Module):
    """Cross-correlation of the two sides of a pair against the identity
    (Zbontar et al. 2021, https://arxiv.org/abs/2103.03230, Eqs. 1 and 2),

    L = sum_i (C_ii - 1)^2 + lambda sum_{i != j} C_ij^2 ,

    C the correlation of coordinate i of one side with coordinate j of the other
    over the batch. Where a pair is two items of one class, C_ii estimates the
    intra-class correlation of coordinate i, and the first term asks that all
    of its variance be between classes. Embeddings collapsed to K points have
    rank K - 1 at most, so that the second sum is at least D^2 / (K - 1) - D:
    with few classes keep lambda far below (K - 1) / D.

    Batch statistics, of all processes together, in training; in evaluation
    those of the batch too. A coordinate that is constant correlates with
    nothing: C = 0.

    Arguments
    ---------
    off_diagonal_weight : float
        lambda: 5.1e-3 in the paper, with D = 8192 and batches of 2048; a tenth
        of it in Lux et al. 2022 (https://arxiv.org/abs/2211.01964), for classes.
    eps : float
        Added to each variance.

    Example
    -------
    >>> z = torch.tensor([[1.0, 1.0], [1.0, -1.0], [-1.0, 1.0], [-1.0, -1.0]])
    >>> BarlowTwinsLoss()(z, z) < 1e-8  # alike, and the coordinates unrelated
    tensor(True)
    >>> BarlowTwinsLoss()(z, torch.zeros(4, 2))  # nothing agrees
    tensor(2.)
    """

    def __init__(self, off_diagonal_weight=5.1e-3, eps=1e-5):
        super().__init__()
        if not off_diagonal_weight >= 0:
            raise ValueError(
                f"off_diagonal_weight is 0 or more, got {off_diagonal_weight}"
            )
        self.off_diagonal_weight = off_diagonal_weight
        self.eps = eps

    @fwd_default_precision(cast_inputs=torch.float32)
    def forward(self, z1, z2):
        """The loss of N pairs.

        Arguments
        ---------
        z1 : torch.Tensor
            Raw embeddings of one side [N, D], N >= 2 over all processes.
        z2 : torch.Tensor
            Of the other [N, D].

        Returns
        -------
        torch.Tensor
            Scalar: a sum over coordinates, so that it grows with D.
        """
        z1, z2 = gathered_pairs("Barlow Twins", z1, z2, self.training)
        C = self.correlation(z1, z2)  # [D, D]
        diagonal = C.diagonal()
        off = C.square().sum() - diagonal.square().sum()
        return (diagonal - 1).square().sum() + self.off_diagonal_weight * off

    def correlation(self, z1, z2):
        """The matrix C of the two sides.

        Arguments
        ---------
        z1 : torch.Tensor
            [N, D].
        z2 : torch.Tensor
            [N, D].

        Returns
        -------
        torch.Tensor
            [D, D], rows belong to `z1`; entries in (-1, 1).
        """
        h1, h2 = (
            (z - z.mean(dim=0))
            * (z.var(dim=0, correction=0) + self.eps).rsqrt()
            for z in (z1, z2)
        )  # [N, D], as batch normalisation without affine
        return h1.T @ h2 / len(z1)
