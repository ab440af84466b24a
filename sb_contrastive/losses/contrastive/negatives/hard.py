"""Negatives that are near count for more, and a share of them is expected to be false."""

import math

import torch

from sb_contrastive.losses.contrastive.negatives.negatives import (
    LOWEST,
    Negatives,
)
from sb_contrastive.ranges import NotNegative, Share


class HardNegatives(Negatives):
    """Hard negative sampling, HCL (Robinson et al. 2021,
    https://arxiv.org/abs/2010.04592); with a hardness of 0 the debiased loss
    (Chuang et al. 2020, https://arxiv.org/abs/2007.00224).

    Let e+ and e_k be the exponentials of the cosines over tau, of the positive,
    without its margin, and of the n negatives of an anchor. Then

        g = max( (sum_k w_k e_k - prior n e+) / (1 - prior), n e^(-1/tau) )
        with w_k = e_k^hardness / mean_j e_j^hardness

    is what the positive stands against: the second part takes away what the
    negatives of the anchor's own class are expected to give.

    Arguments
    ---------
    hardness : float
        beta; 0: all negatives have one weight, 1 as in the paper.
    prior : float
        tau+, the probability that another utterance has the anchor's speaker: 1
        over the number of speakers. With 0 and a hardness of 0 it is NT-Xent.
    detach_weights : bool
        Whether w_k is a number without gradient. In the authors' code it has
        one.

    Example
    -------
    >>> from sb_contrastive.losses import NTXentLoss
    >>> loss = NTXentLoss(1.0, negatives=HardNegatives(hardness=0.0, prior=0.0))
    >>> loss(torch.eye(2), torch.eye(2))  # as without: log(1 + 2 / e)
    tensor(0.5514)
    """

    def __init__(
        self,
        hardness: NotNegative = 1.0,
        prior: Share = 0.1,
        detach_weights: bool = False,
    ):
        super().__init__()
        if not hardness >= 0:
            raise ValueError(f"a hardness is 0 or more, got {hardness}")
        if not 0 <= prior < 1:
            raise ValueError(
                f"prior is the probability that a negative is false, from 0 to "
                f"below 1, got {prior}"
            )
        self.hardness, self.prior = hardness, prior
        self.detach_weights = detach_weights

    def log_mass(self, compared):
        """Compute log g, all in logarithms: e^(2 / tau) would overflow."""
        left_out = compared.left_out
        logits = compared.others / compared.temperature  # [N, M]
        n = torch.full_like(compared.positive, logits.shape[1])
        if left_out is not None:
            n = n - left_out.sum(dim=1)
        count = n.clamp(min=1).log()  # [N]
        weights = compared.masked(self.hardness * logits, left_out)
        weights = weights - weights.logsumexp(dim=1, keepdim=True)
        weights = weights + count[:, None]  # log w_k
        if self.detach_weights:
            weights = weights.detach()
        mass = compared.masked(logits + weights, left_out).logsumexp(dim=1)
        if self.prior > 0:
            mass = self._debiased(mass, count, compared)
        return mass.masked_fill(n == 0, LOWEST)

    def _debiased(self, mass, count, compared):
        """Take away what the false negatives are expected to give."""
        false = compared.positive / compared.temperature + count
        excess = (
            false + math.log(self.prior) - mass
        )  # below 0 where some is left
        # Where nothing is left, the slope of the logarithm would be NaN
        some = excess < -1e-6
        left = mass + torch.log1p(-excess.where(some, -1.0).exp())
        left = left.where(some, LOWEST) - math.log1p(-self.prior)
        return torch.maximum(left, count - 1 / compared.temperature)
