"""The KoLeo regulariser, which keeps the embeddings of a batch apart."""

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
    and constants: the lower it is, the more evenly the embeddings fill the
    sphere. On a small corpus DINO forms about a dozen clusters, mostly of
    speakers; this term makes the embeddings of one cluster differ too.

    Arguments
    ---------
    eps : float
        Smaller distances count as this one, since the gradient between two
        equal embeddings would be infinite.

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
        """Compute the loss of one crop of each utterance; in training, the utterances
        of all processes are compared.

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
        # The distance comes from the difference: 2 - 2 cos has a rounding error
        # near 1 as large as the distance
        distance = (z - z[nearest]).norm(dim=-1)
        return -distance.clamp(min=self.eps).log().mean()
