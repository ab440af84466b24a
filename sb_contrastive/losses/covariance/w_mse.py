"""W-MSE's loss: pairs agree after each side has been whitened."""

import torch
from speechbrain.utils.autocast import fwd_default_precision

from sb_contrastive.losses.covariance.pairs import gathered_pairs
from sb_contrastive.ranges import Several, Share


class WMSELoss(torch.nn.Module):
    """Distance of whitened unit vectors (Ermolov et al. 2021,
    https://arxiv.org/abs/2007.06346, Eqs. 4-6),

    L = 2 - 2 cos(W z1, W z2), averaged over pairs,

    where each side of a part of the batch is centred and multiplied by the
    inverse Cholesky factor of its covariance, so that no coordinate can be
    constant or a copy of another. In training the batch is that of all
    processes.

    Arguments
    ---------
    part_size : int
        Pairs that are whitened together; twice the number of coordinates or
        more. A batch below it is one part.
    eps : float
        Share of the identity in the covariance, against rounding errors.

    Example
    -------
    >>> z = torch.randn(8, 3)
    >>> WMSELoss()(z, z * 2 + 5).abs() < 1e-3  # scale and mean do not count
    tensor(True)
    """

    def __init__(self, part_size: Several = 128, eps: Share = 0.0):
        super().__init__()
        if part_size < 2 or not 0 <= eps <= 1:
            raise ValueError(
                f"W-MSE whitens parts of two pairs or more with eps in [0, 1], "
                f"got part_size {part_size} and eps {eps}"
            )
        self.part_size = part_size
        self.eps = eps

    @fwd_default_precision(cast_inputs=torch.float32)
    def forward(self, z1, z2, orders=None):
        """Compute the loss of N pairs.

        Arguments
        ---------
        z1, z2 : torch.Tensor
            Raw embeddings of both sides [N, D], over all processes N > D.
        orders : torch.Tensor, optional
            Orders [I, N] of the pairs of all processes: each is cut into parts,
            what is over is left out, and the loss is the mean over orders. As
            they come when absent.

        Returns
        -------
        torch.Tensor
            Scalar in [0, 4].

        Raises
        ------
        ValueError
            If a part has no more pairs than coordinates: its covariance has no
            inverse.
        """
        z1, z2 = gathered_pairs("W-MSE", z1, z2, self.training)
        N, D = z1.shape
        part = min(self.part_size, N)
        if part <= D:
            raise ValueError(
                f"W-MSE cannot whiten {D} coordinates with {part} pairs: make "
                f"the batch, and the part of it that is whitened, at least "
                f"{2 * D}, or the projection smaller"
            )
        if orders is None:
            orders = torch.arange(N, device=z1.device)[None]
        whole = N // part * part
        places = orders[:, :whole].reshape(-1, part)  # [I * N // part, part]
        w1, w2 = (whitened(z[places], self.eps) for z in (z1, z2))
        cosines = torch.nn.functional.cosine_similarity(w1, w2, dim=-1)
        return 2 - 2 * cosines.mean()


def whitened(z, eps=0.0):
    """Make the covariance of each part the identity.

    Arguments
    ---------
    z : torch.Tensor
        Parts [P, N, D], N > D.
    eps : float
        Share of the identity in the covariance.

    Returns
    -------
    torch.Tensor
        [P, N, D].

    Example
    -------
    >>> z = whitened(torch.randn(1, 50, 2, dtype=torch.float64))[0]
    >>> torch.allclose(z.T @ z / 49, torch.eye(2).double())
    True
    """
    z = z - z.mean(dim=1, keepdim=True)
    N, D = z.shape[1:]
    C = z.mT @ z / (N - 1)
    C = (1 - eps) * C + eps * torch.eye(D, dtype=z.dtype, device=z.device)
    factor = torch.linalg.cholesky(C)
    return torch.linalg.solve_triangular(factor, z.mT, upper=False).mT
