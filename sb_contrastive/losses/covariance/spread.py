"""A regulariser by which all coordinates vary, and no two together."""

import torch
from speechbrain.utils.autocast import fwd_default_precision

from sb_contrastive.distributed import gather_with_gradient
from sb_contrastive.losses.covariance.vicreg import covariance, variance
from sb_contrastive.ranges import NotNegative


class SpreadLoss(torch.nn.Module):
    """Variance and covariance of one set of vectors, m v(Z) + n c(Z), as in
    `VICRegLoss`.

    Averaged over the two long crops, the default weights give the regulariser of
    RDINO (Chen et al. 2022, https://arxiv.org/abs/2211.04168), 10 [v(X) + v(Y)]
    / 2 + c(X) + c(Y), which it adds to DINO with a weight that grows from 0.05
    to 0.2 over ten epochs.

    Arguments
    ---------
    variance_weight : float
        m.
    covariance_weight : float
        n.

    Example
    -------
    >>> round(SpreadLoss()(torch.zeros(8, 4)).item(), 6)  # std is 0.01, not 1
    9.9
    """

    def __init__(
        self,
        variance_weight: NotNegative = 10.0,
        covariance_weight: NotNegative = 2.0,
    ):
        super().__init__()
        self.variance_weight = variance_weight
        self.covariance_weight = covariance_weight

    @fwd_default_precision(cast_inputs=torch.float32)
    def forward(self, z):
        """Compute the loss of one crop of each utterance; in training the
        statistics are those of all processes.

        Arguments
        ---------
        z : torch.Tensor
            Raw vectors [B, D] of B >= 2 utterances.

        Returns
        -------
        torch.Tensor
            Scalar.
        """
        z = z if z.dtype == torch.float64 else z.float()
        if self.training:
            z = gather_with_gradient(z)
        if len(z) < 2:
            raise ValueError(
                f"the variance of a batch needs two utterances, got {len(z)}"
            )
        v, c = variance(z), covariance(z)
        return self.variance_weight * v + self.covariance_weight * c
