"""W-MSE as an objective: crops agree after whitening."""

import numpy as np
import torch

from sb_contrastive.data.randomness import keyed_generator
from sb_contrastive.distributed import world_size
from sb_contrastive.losses.covariance.w_mse import WMSELoss
from sb_contrastive.objectives.pairs import PairObjective
from sb_contrastive.ranges import Count


class WMSE(PairObjective):
    """Whitening MSE (Ermolov et al. 2021, https://arxiv.org/abs/2007.06346).

    It is not computed in validation, whose batches may be too small to whiten.

    Arguments
    ---------
    projector : torch.nn.Module
        [N, D] -> [N, P], with P at most half of the loss's `part_size`.
    loss : WMSELoss, optional
        Whitens parts of a batch and compares.
    partitions : int
        How often a batch is cut into parts.
    seed : int
        Parts are drawn by (seed, optimiser step).
    view : str
        Name of the two crops.

    Example
    -------
    >>> from sb_contrastive.objectives import Moment
    >>> wmse = WMSE(torch.nn.Linear(8, 2), WMSELoss(part_size=4))
    >>> z = torch.randn(8, 2)
    >>> moment = Moment(0.0, 0, 1, list("abcdefgh"))
    >>> wmse.loss(torch.stack([z, 2 * z]), moment).abs() < 1e-3
    tensor(True)
    """

    needs_whole_batch = "W-MSE whitens parts of a whole batch"
    validated = False

    def __init__(
        self, projector, loss=None, partitions: Count = 1, seed=0, view="pair"
    ):
        super().__init__(loss or WMSELoss(), projector, view)
        self.partitions = partitions
        self.seed = seed

    def loss(self, outputs, moment):
        """Compute the loss of parts that this step draws."""
        pairs = outputs.shape[1] * (world_size() if self.training else 1)
        generator = keyed_generator(self.seed, moment.step, "parts")
        orders = [generator.permutation(pairs) for _ in range(self.partitions)]
        orders = torch.from_numpy(np.stack(orders)).to(outputs.device)
        return self.criterion(*outputs, orders)
