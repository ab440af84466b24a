"""The term that NT-Xent and MoCo share: one positive against many negatives."""

import torch
from torch.nn import functional as F

from sb_contrastive.losses.contrastive.margins import MARGINS, check_margin
from sb_contrastive.ranges import Positive, Share

# exp gives 0 here as for -inf, but a row of nothing else has a gradient of 0,
# where -inf would give NaN
LOWEST = -1e30


class ContrastiveLoss(torch.nn.Module):
    """Base of losses that compare a positive pair with negatives.

    Let p be the cosine of the positive pair, phi(p) that cosine with its margin,
    and n_b the cosines of the negatives. The loss of one anchor is

        - log [ e^(phi/tau) / (e^(phi/tau) + sum_b e^(n_b/tau)) ]
            = softplus( log sum_b e^(n_b/tau) - phi/tau ).

    The margin is in numerator and denominator (Lepage & Dehak 2024,
    https://arxiv.org/abs/2404.14913). An additive margin multiplies the weight of
    the negatives by e^(m/tau), so it has to be tuned again whenever tau changes.

    Arguments
    ---------
    temperature : float
        tau, above 0.
    margin : float
        m, 0 or more, which a call may replace.
    margin_type : str
        "additive" or "angular", see `sb_contrastive.losses.contrastive.margins`.

    Example
    -------
    >>> loss = ContrastiveLoss(temperature=1.0)
    >>> loss.terms(torch.tensor([0.5]), torch.tensor([[0.5]]))  # log 2
    tensor([0.6931])
    """

    def __init__(
        self,
        temperature: Positive,
        margin: Share = 0.0,
        margin_type="additive",
    ):
        super().__init__()
        if not temperature > 0:
            raise ValueError(f"a temperature is above 0, got {temperature}")
        check_margin(margin, margin_type)
        self.temperature = temperature
        self.margin = margin
        self.margin_type = margin_type

    def terms(self, positive, negatives, excluded=None, margin=None):
        """Compute the loss of each anchor.

        Arguments
        ---------
        positive : torch.Tensor
            Cosine of each anchor with its positive [N].
        negatives : torch.Tensor
            Cosines of each anchor with its negatives [N, M]; M may be 0.
        excluded : torch.Tensor, optional
            Booleans [N, M], True where an entry is no negative and is left out
            of the sum.
        margin : float, optional
            Replaces the constructor's m.

        Returns
        -------
        torch.Tensor
            [N], in nats; exactly 0, with a gradient of 0, for an anchor
            without negatives.
        """
        margin = self.margin if margin is None else margin
        check_margin(margin, self.margin_type)
        logits = negatives / self.temperature  # [N, M]
        if excluded is not None:
            logits = logits.masked_fill(excluded, LOWEST)
        phi = MARGINS[self.margin_type](positive, margin)  # [N]
        x = logits.logsumexp(dim=1) - phi / self.temperature
        # F.softplus is linear from 20 on
        return torch.logaddexp(x, torch.zeros_like(x))


def unit_vectors(z):
    """Scale embeddings to length 1, in float32 or float64.

    Arguments
    ---------
    z : torch.Tensor
        Raw embeddings [N, D]; a row of zeros stays a row of zeros.

    Returns
    -------
    torch.Tensor
        [N, D]; float64 if `z` is, float32 otherwise.

    Example
    -------
    >>> unit_vectors(torch.tensor([[3.0, 4.0], [0.0, 0.0]]))
    tensor([[0.6000, 0.8000],
            [0.0000, 0.0000]])
    """
    if z.dtype != torch.float64:
        z = z.float()
    return F.normalize(z, dim=-1, eps=1e-6)
