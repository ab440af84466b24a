"""BYOL's loss: predictions of one view agree with targets of the other."""

import torch
from speechbrain.utils.autocast import fwd_default_precision
from torch.nn import functional as F


class BYOLLoss(torch.nn.Module):
    """Mean squared error between unit vectors, both ways (Grill et al. 2020,
    https://arxiv.org/abs/2006.07733, Eq. 2),

    L = [2 - 2 cos(p1, z2)] + [2 - 2 cos(p2, z1)], averaged over the batch.

    No gradient reaches z, the projections of the moving average.

    Example
    -------
    >>> z = torch.eye(3)
    >>> BYOLLoss()(z, z, z, z)
    tensor(0.)
    >>> BYOLLoss()(z, z, -z, -z)
    tensor(8.)
    """

    @fwd_default_precision(cast_inputs=torch.float32)
    def forward(self, p1, p2, z1, z2):
        """The loss of one batch.

        Arguments
        ---------
        p1, p2 : torch.Tensor
            Predictions of both views [B, D], raw.
        z1, z2 : torch.Tensor
            Targets of both views [B, D], raw.

        Returns
        -------
        torch.Tensor
            Scalar in [0, 8].

        Raises
        ------
        ValueError
            If the shapes differ.
        """
        shapes = [list(x.shape) for x in (p1, p2, z1, z2)]
        if p1.ndim != 2 or shapes.count(shapes[0]) < 4:
            raise ValueError(
                f"BYOL needs predictions and targets of both views of one "
                f"shape [B, D], got {', '.join(map(str, shapes))}"
            )
        return _distance(p1, z2) + _distance(p2, z1)


def _distance(predictions, targets):
    """Mean squared distance of unit vectors, from 0 to 4."""
    p, z = (
        x if x.dtype == torch.float64 else x.float()
        for x in (predictions, targets.detach())
    )
    cosines = F.cosine_similarity(p, z, dim=-1, eps=1e-6)
    return 2 - 2 * cosines.mean()
