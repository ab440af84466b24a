"""The term that NT-Xent and MoCo share: one positive against many negatives."""

import torch
from torch.nn import functional as F

from sb_contrastive.losses.contrastive.margins import MARGINS, check_margin
from sb_contrastive.losses.contrastive.negatives.negatives import (
    Compared,
    Negatives,
)
from sb_contrastive.ranges import Positive, Share


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
    negatives : Negatives, optional
        Which others are negatives, and how they count, see
        `sb_contrastive.losses.contrastive.negatives`; all others alike when
        absent.

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
        negatives=None,
    ):
        super().__init__()
        if not temperature > 0:
            raise ValueError(f"a temperature is above 0, got {temperature}")
        check_margin(margin, margin_type)
        self.temperature = temperature
        self.margin = margin
        self.margin_type = margin_type
        self.negatives = negatives or Negatives()

    def terms(
        self, positive, negatives, excluded=None, margin=None, alike=None
    ):
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
        alike : torch.Tensor, optional
            Booleans [N, M], True where an entry has the anchor's label, so that
            it would be a false negative.

        Returns
        -------
        torch.Tensor
            [N], in nats; exactly 0, with a gradient of 0, for an anchor
            without negatives.
        """
        margin = self.margin if margin is None else margin
        check_margin(margin, self.margin_type)
        phi = MARGINS[self.margin_type](positive, margin)  # [N]
        return self.negatives.terms(
            Compared(
                positive, phi, negatives, excluded, alike, self.temperature
            )
        )


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
