"""KoLeo regulariser: keeps the embeddings of a batch away from each other."""

import torch
from speechbrain.utils.autocast import fwd_default_precision
from torch.nn import functional as F

from sb_contrastive.distributed import gather_with_gradient


class KoLeoLoss(torch.nn.Module):
    """Minus the mean log-distance to the nearest neighbour on the unit sphere,

    L = -1/N sum_i log min_{j != i} ||z_i - z_j||

    (Sablayrolles et al. 2019, https://arxiv.org/abs/1806.03198, Eq. 2; beside
    DINO in Oquab et al. 2023, https://arxiv.org/abs/2304.07193, with weight
    0.1). It is the Kozachenko-Leonenko estimate of the entropy of z, up to sign
    and constants: the lower, the more evenly the embeddings fill the sphere. On
    a small corpus DINO is content with a dozen clusters, speakers mostly; this
    term asks for what tells utterances apart besides.

    Arguments
    ---------
    eps : float
        Smallest distance whose logarithm is taken: two embeddings that are
        equal would pull with infinite force.

    Example
    -------
    >>> loss = KoLeoLoss()
    >>> loss(torch.eye(4))  # all sqrt(2) apart: -log(2) / 2
    tensor(-0.3466)
    """

    def __init__(self, eps=1e-4):
        super().__init__()
        self.eps = eps

    @fwd_default_precision(cast_inputs=torch.float32)
    def forward(self, embeddings):
        """The loss of one crop of each utterance, over all processes in training.

        Arguments
        ---------
        embeddings : torch.Tensor
            Raw embeddings [B, D] of B >= 2 utterances.

        Returns
        -------
        torch.Tensor
            Scalar.
        """
        z = F.normalize(embeddings.float(), dim=-1)
        if self.training:
            z = gather_with_gradient(z)
        if len(z) < 2:
            raise ValueError(
                f"KoLeo needs two utterances to compare, got {len(z)}"
            )
        with torch.no_grad():
            cosines = (z @ z.T).fill_diagonal_(-2.0)
            nearest = cosines.argmax(dim=1)  # [B]
        # From the difference, not from 2 - 2 cos, whose rounding near 1 is as
        # large as the distance
        distance = (z - z[nearest]).norm(dim=-1)
        return -distance.clamp(min=self.eps).log().mean()
