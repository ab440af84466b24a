"""Easy pairs count for less: each cosine is weighted by itself."""

from sb_contrastive.losses.contrastive.negatives.negatives import (
    Negatives,
    against,
)
from sb_contrastive.ranges import NotNegative


class FocalNegatives(Negatives):
    """Focal-InfoNCE (Hou & Li 2023, https://arxiv.org/abs/2310.06918). With the
    cosine s of a pair, the logit of the positive is s |s| / tau, and that of a
    negative s (s + margin) / tau.

    In the paper the positive has s^2, which would push pairs of a negative cosine
    further apart; for others |s| makes no difference. A margin of the loss is
    taken from the logit of the positive, after squaring.

    Arguments
    ---------
    margin : float
        m of the negatives; the push on one ends where s = -m / 2.
    focal_positive : bool
        Whether the positive is weighted too. Pairs of two recordings begin far
        apart, where s |s| is flat: leave it out for them.

    Example
    -------
    >>> import torch
    >>> from sb_contrastive.losses import NTXentLoss
    >>> loss = NTXentLoss(1.0, negatives=FocalNegatives(margin=0.3))
    >>> loss(torch.eye(2), torch.eye(2))  # cosines of 1 and 0: log(1 + 2 / e)
    tensor(0.5514)
    """

    def __init__(self, margin: NotNegative = 0.3, focal_positive: bool = True):
        super().__init__()
        if not margin >= 0:
            raise ValueError(f"a margin is 0 or more, got {margin}")
        self.margin, self.focal_positive = margin, focal_positive

    def terms(self, compared):
        """Compute the loss of each anchor [N]."""
        s = compared.positive
        logit = compared.phi
        if self.focal_positive:
            logit = logit - s + s * s.abs()
        others = compared.others * (compared.others + self.margin)
        logits = compared.masked(
            others / compared.temperature, compared.left_out
        )
        return against(logits.logsumexp(dim=1), logit / compared.temperature)
