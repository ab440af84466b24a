"""SimSiam's loss: predictions of one view agree with the embeddings of the other."""

from sb_contrastive.losses.non_contrastive.byol import BYOLLoss


class SimSiamLoss(BYOLLoss):
    """Minus the mean cosine, both ways (Chen & He 2021,
    https://arxiv.org/abs/2011.10566, Eqs. 1-3),

    L = - [cos(p1, z2) + cos(p2, z1)] / 2, averaged over the batch.

    No gradient reaches z, which the network itself has computed. It is BYOL's
    loss divided by 4, less 1.

    Example
    -------
    >>> import torch
    >>> z = torch.eye(3)
    >>> SimSiamLoss()(z, z, z, z)
    tensor(-1.)
    """

    def forward(self, p1, p2, z1, z2):
        """Compute the loss of one batch.

        Arguments
        ---------
        p1, p2 : torch.Tensor
            Predictions of both views [B, D], raw.
        z1, z2 : torch.Tensor
            Embeddings of both views [B, D], raw.

        Returns
        -------
        torch.Tensor
            Scalar in [-1, 1].

        Raises
        ------
        ValueError
            If the shapes differ.
        """
        return super().forward(p1, p2, z1, z2) / 4 - 1
