"""RDINO's regulariser of a hidden layer: its units vary, and no two vary together."""

import torch
from speechbrain.utils.autocast import fwd_default_precision

from sb_contrastive.losses.covariance.pairs import gathered_pairs
from sb_contrastive.losses.covariance.vicreg import covariance, variance
from sb_contrastive.ranges import NotNegative


class RDINORegulariser(torch.nn.Module):
    """Diversity and redundancy elimination (Chen et al. 2022,
    https://arxiv.org/abs/2211.04168, Eqs. 4-7),

    R = a [v(X) + v(Y)] / 2 + b [c(X) + c(Y)] ,

    with variance v and covariance c as in `VICRegLoss`; X and Y are the outputs
    of a hidden layer of DINO's head for two long crops by the student. In
    training the statistics are those of the batches of all processes together.

    Arguments
    ---------
    variance_weight : float
        a.
    covariance_weight : float
        b.

    Example
    -------
    >>> x = torch.zeros(8, 4)  # every deviation is 0.01 instead of 1
    >>> RDINORegulariser()(x, x)
    tensor(9.9000)
    """

    def __init__(
        self,
        variance_weight: NotNegative = 10.0,
        covariance_weight: NotNegative = 1.0,
    ):
        super().__init__()
        for weight in (variance_weight, covariance_weight):
            if not weight >= 0:
                raise ValueError(
                    f"the weights of RDINO's regulariser are 0 or more, got "
                    f"{weight}"
                )
        self.variance_weight = variance_weight
        self.covariance_weight = covariance_weight

    @fwd_default_precision(cast_inputs=torch.float32)
    def forward(self, x, y):
        """Compute the regulariser of N utterances.

        Arguments
        ---------
        x, y : torch.Tensor
            The hidden layer for both crops [N, H], N >= 2 over all processes.

        Returns
        -------
        torch.Tensor
            Scalar.
        """
        x, y = gathered_pairs("RDINO", x, y, self.training)
        spread = (variance(x) + variance(y)) / 2
        redundancy = covariance(x) + covariance(y)
        return (
            self.variance_weight * spread + self.covariance_weight * redundancy
        )
