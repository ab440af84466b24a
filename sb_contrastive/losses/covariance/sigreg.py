"""LeJEPA's loss: crops agree, and embeddings are distributed as an isotropic Gaussian."""

import torch
from speechbrain.utils.autocast import fwd_default_precision

from sb_contrastive.distributed import gather_with_gradient
from sb_contrastive.ranges import Several, Share


class LeJEPALoss(torch.nn.Module):
    """Invariance and SIGReg (Balestriero & LeCun 2025,
    https://arxiv.org/abs/2511.08544),

    L = w SIGReg + (1 - w) mean (z_v - mean of the long crops)^2 .

    SIGReg looks at the embeddings in random directions a: the empirical
    characteristic function of z a over the batch is compared with that of a
    normal distribution, exp(-t^2 / 2), at some t, and the squared error is
    integrated over t (the test of Epps and Pulley). It needs no teacher, no
    predictor and no stopped gradient. In training the batch is that of all
    processes.

    Arguments
    ---------
    weight : float
        w, 0.05 in the paper (0.01 to 0.1).
    knots : int
        Values of t from 0 to `largest`; negative ones give the same.
    largest : float
        The largest t.

    Example
    -------
    >>> loss = LeJEPALoss()
    >>> z = torch.zeros(2, 64, 4)  # collapsed
    >>> invariance, sigreg = loss.terms(z, torch.eye(4))
    >>> invariance, sigreg > 10
    (tensor(0.), tensor(True))
    """

    def __init__(self, weight: Share = 0.05, knots: Several = 17, largest=3.0):
        super().__init__()
        if not 0 <= weight <= 1:
            raise ValueError(f"the weight of SIGReg is in [0, 1], got {weight}")
        self.weight = weight
        t = torch.linspace(0, largest, knots, dtype=torch.float64)
        step = largest / (knots - 1)
        area = torch.full_like(t, 2 * step)  # of both signs
        area[[0, -1]] = step
        normal = (-t.square() / 2).exp()
        # Constants, in float64: a checkpoint need not hold them
        self.register_buffer("t", t, persistent=False)
        self.register_buffer("normal", normal, persistent=False)
        self.register_buffer("area", area * normal, persistent=False)

    @fwd_default_precision(cast_inputs=torch.float32)
    def forward(self, z, directions, long_crops=2):
        """Compute the loss of one batch.

        Arguments
        ---------
        z : torch.Tensor
            Raw projections [V, B, D], the long crops first.
        directions : torch.Tensor
            Unit vectors, as columns [D, M], equal on all processes.
        long_crops : int
            How many crops make the mean that all agree with.

        Returns
        -------
        torch.Tensor
            Scalar.
        """
        invariance, sigreg = self.terms(z, directions, long_crops)
        return self.weight * sigreg + (1 - self.weight) * invariance

    def terms(self, z, directions, long_crops=2):
        """Compute both terms without a weight.

        Arguments
        ---------
        z, directions, long_crops
            As for `forward`.

        Returns
        -------
        tuple of torch.Tensor
            Invariance, and SIGReg averaged over crops.
        """
        if z.ndim != 3 or directions.shape[0] != z.shape[-1]:
            raise ValueError(
                f"LeJEPA needs projections [V, B, D] and directions [D, M], "
                f"got {list(z.shape)} and {list(directions.shape)}"
            )
        z = z if z.dtype == torch.float64 else z.float()
        if self.training:
            z = gather_with_gradient(z.transpose(0, 1)).transpose(0, 1)
        centre = z[:long_crops].mean(dim=0)
        invariance = (z - centre).square().mean()
        sigreg = torch.stack([self.sigreg(crop, directions) for crop in z])
        return invariance, sigreg.mean()

    def sigreg(self, z, directions):
        """Compute SIGReg of one crop of each utterance.

        Arguments
        ---------
        z : torch.Tensor
            [N, D].
        directions : torch.Tensor
            [D, M].

        Returns
        -------
        torch.Tensor
            Scalar of 0 or more, averaged over directions.
        """
        h = z @ directions.to(z)  # [N, M]
        angles = h[..., None] * self.t.to(z)  # [N, M, knots]
        real = angles.cos().mean(dim=0) - self.normal.to(z)
        error = real.square() + angles.sin().mean(dim=0).square()
        return len(z) * (error @ self.area.to(z)).mean()
