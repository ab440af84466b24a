"""A third, doubtful view pulls less than it is pulled."""

from sb_contrastive.losses.contrastive.negatives.negatives import Negatives
from sb_contrastive.ranges import NotNegative, Share


class AsymmetricNegatives(Negatives):
    """A-InfoNCE (Yu et al. 2022, https://arxiv.org/abs/2207.08374). Beside two
    views x1 and x2 of each utterance there is a third one, a, such as a crop
    with heavy noise. With l(u -> v), the loss of anchor u and positive v against
    all other views of the batch,

        L = 1/3 [ l(x1 -> x2) + l(x2 -> x1) + w share (l(x1 -> a) + l(x2 -> a))
                  + w (1 - share) (l(a -> x1) + l(a -> x2)) ]

    averaged over utterances. Only the anchor gets a gradient: `share` tells how
    far the clean views move, the rest how far the doubtful one does.

    Arguments
    ---------
    share : float
        alpha; 0.2 in the paper.
    weight : float
        w of all pairs with the third view.
    weighting : Negatives, optional
        How negatives count; all alike when absent.

    Example
    -------
    >>> import torch
    >>> from sb_contrastive.losses import NTXentLoss
    >>> loss = NTXentLoss(1.0, negatives=AsymmetricNegatives(weight=0.0))
    >>> z = torch.eye(2)  # 1 positive, 1 third view like it, and 3 at right angles
    >>> loss(z, z, third=z)  # 2/3 log((2 e + 3) / e)
    tensor(0.7551)
    """

    third_view = True

    def __init__(
        self, share: Share = 0.2, weight: NotNegative = 1.0, weighting=None
    ):
        super().__init__()
        self.share, self.weight = share, weight
        self.weighting = weighting or Negatives()

    def pulls(self, symmetric):
        """List both directions of each of the three pairs, with their weights."""
        if not symmetric:
            raise ValueError(
                "asymmetric negatives pull in both directions, with a weight for "
                "each: set symmetric to True"
            )
        out, back = self.weight * self.share, self.weight * (1 - self.share)
        clean = [(0, 1, 1.0), (1, 0, 1.0)]
        return [*clean, (0, 2, out), (1, 2, out), (2, 0, back), (2, 1, back)]

    def terms(self, compared):
        """Compute the loss of each anchor [N]."""
        return self.weighting.terms(compared)
