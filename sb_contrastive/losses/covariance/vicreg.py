"""VICReg makes pairs agree, every coordinate vary, and no two vary together."""

import torch
from speechbrain.utils.autocast import fwd_default_precision
from torch.nn import functional as F

from sb_contrastive.losses.covariance.pairs import gathered_pairs
from sb_contrastive.ranges import NotNegative


class VICRegLoss(torch.nn.Module):
    """Variance, invariance, covariance (Bardes et al. 2022,
    https://arxiv.org/abs/2105.04906, Eqs. 1-6),

    L = l MSE(Z, Z') + m [v(Z) + v(Z')] + n [c(Z) + c(Z')]
    v(Z) = mean_j max(0, 1 - sqrt(Var(z_j) + 1e-4))
    c(Z) = 1/D sum_{i != j} Cov(Z)_ij^2 ,

    with N - 1 in variance and covariance, and the mean squared error over N
    *and* D. Embeddings are not normalised. The authors' released code halves
    the sum of the two variance terms; their formula, which this class follows,
    does not.

    In training the statistics are those of the batches of all processes
    together.

    Arguments
    ---------
    invariance_weight : float
        l, 25 in the paper.
    variance_weight : float
        m, 25 in the paper.
    covariance_weight : float
        n, 1 in the paper. The weights 1, 1, 0.04 have the same ratios.

    Example
    -------
    >>> z = torch.zeros(8, 4)  # std is 0.01 instead of 1, on both sides
    >>> VICRegLoss(1.0, 1.0, 0.04)(z, z)
    tensor(1.9800)
    """

    def __init__(
        self,
        invariance_weight: NotNegative = 25.0,
        variance_weight: NotNegative = 25.0,
        covariance_weight: NotNegative = 1.0,
    ):
        super().__init__()
        self.weights = {
            "invariance_weight": invariance_weight,
            "variance_weight": variance_weight,
            "covariance_weight": covariance_weight,
        }
        for name, weight in self.weights.items():
            if not weight >= 0:
                raise ValueError(f"{name} is 0 or more, got {weight}")

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
            Scalar.
        """
        z1, z2 = gathered_pairs("VICReg", z1, z2, self.training)
        w = self.weights
        return (
            w["invariance_weight"] * F.mse_loss(z1, z2)
            + w["variance_weight"] * (variance(z1) + variance(z2))
            + w["covariance_weight"] * (covariance(z1) + covariance(z2))
        )


def variance(z):
    """Compute v of one side z [N, D], a scalar in [0, 1]; it is 0 where every
    standard deviation is 1 or more."""
    # 1e-4 inside the root: at zero variance its slope would be infinite
    std = (z.var(dim=0) + 1e-4).sqrt()  # [D]
    return (1 - std).relu().mean()


def covariance(z):
    """Compute c of one side z [N, D], a scalar; it is 0 for unrelated coordinates."""
    N, D = z.shape
    centred = z - z.mean(dim=0)
    C = centred.T @ centred / (N - 1)  # [D, D]
    return (C.square().sum() - C.diagonal().square().sum()) / D
