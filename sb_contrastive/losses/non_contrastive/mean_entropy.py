"""A regulariser by which a batch uses all prototypes alike."""

import math

import torch

from sb_contrastive.distributed import gather_with_gradient


class MeanEntropyLoss(torch.nn.Module):
    """Penalises what the entropy of the mean distribution lacks,
    L = log K - H(mean_n p_n) (me-max, Assran et al. 2022,
    https://arxiv.org/abs/2204.07141; beside self-distillation on speech, Chen
    et al. 2023, https://arxiv.org/abs/2308.02774, with weight 1). It is 0 where
    all prototypes have the same share of the batch, and log K where one has all.

    In training the mean is over the batches of all processes.

    Example
    -------
    >>> loss = MeanEntropyLoss()
    >>> loss(torch.eye(4)), loss(torch.eye(4)[[0, 0]])  # 0, log 4
    (tensor(0.), tensor(1.3863))
    """

    def forward(self, probabilities):
        """Compute the loss of a batch.

        Arguments
        ---------
        probabilities : torch.Tensor
            Distributions [N, K]; each sums to 1.

        Returns
        -------
        torch.Tensor
            Scalar, in nats.
        """
        mean = probabilities.mean(dim=0)  # [K]
        if self.training:
            mean = gather_with_gradient(mean[None]).mean(dim=0)
        # The slope of entr at 0 is infinite
        tiny = torch.finfo(mean.dtype).tiny
        return math.log(len(mean)) - torch.special.entr(mean.clamp(tiny)).sum()
