"""DeepCluster-v2's loss: a crop is told which cluster its utterance was in."""

import torch
from speechbrain.utils.autocast import fwd_default_precision

from sb_contrastive.distributed import mean_over_ranks
from sb_contrastive.ranges import Positive

IGNORED = -1  # the assignment of an utterance that has not been clustered


class DeepClusterLoss(torch.nn.Module):
    """Cross-entropy with the clusters of the last epoch (Caron et al. 2020,
    https://arxiv.org/abs/2006.09882, Sec. 4.1),

    L = - log softmax(s / tau)_a ,

    where s are cosines to the centroids and a is the cluster of the utterance;
    averaged over utterances that have one, crops, and clusterings.

    Arguments
    ---------
    temperature : float
        tau.

    Example
    -------
    >>> loss = DeepClusterLoss()
    >>> alike = torch.zeros(1, 2, 3, 8)  # 1 clustering, 2 crops, 3 utterances
    >>> loss(alike, torch.tensor([[0, 5, -1]]))  # log 8
    tensor(2.0794)
    """

    def __init__(self, temperature: Positive = 0.1):
        super().__init__()
        if not temperature > 0:
            raise ValueError(f"a temperature is above 0, got {temperature}")
        self.temperature = temperature

    @fwd_default_precision(cast_inputs=torch.float32)
    def forward(self, scores, assignments):
        """Compute the loss of one batch.

        Arguments
        ---------
        scores : torch.Tensor
            Cosines to the centroids [H, V, B, K], of H clusterings.
        assignments : torch.Tensor
            Numbers of clusters [H, B]; -1 where an utterance does not count.

        Returns
        -------
        torch.Tensor
            Scalar, in nats; 0, with a gradient of 0, if no utterance counts.
        """
        if scores.ndim != 4 or assignments.shape != (
            len(scores),
            scores.shape[2],
        ):
            raise ValueError(
                f"DeepCluster needs cosines [H, V, B, K] and assignments "
                f"[H, B], got {list(scores.shape)} and "
                f"{list(assignments.shape)}"
            )
        V = scores.shape[1]
        counted = assignments != IGNORED  # [H, B]
        log_p = (scores / self.temperature).log_softmax(dim=-1)
        places = assignments.clamp(min=0)[:, None, :, None]
        own = log_p.gather(3, places.expand(-1, V, -1, -1)).squeeze(3)
        own = torch.where(counted[:, None], own, torch.zeros_like(own))
        # Processes are averaged: each divides by the mean of their counts
        count = counted.sum().to(own)
        if self.training:
            count = mean_over_ranks(count)
        return -own.sum() / (V * torch.where(count > 0, count, 1.0))
