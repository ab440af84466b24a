"""Watches whether the unit vectors that DINO compares with its prototypes use their space."""

import torch
from torch.nn import functional as F

from sb_contrastive.evaluation.embeddings.monitors import effective_rank


class BottleneckMonitor:
    """Gather the bottleneck of a validation part.

    Example
    -------
    >>> monitor = BottleneckMonitor()
    >>> monitor.add(2 * torch.eye(4).repeat(2, 1, 1))
    >>> monitor.figures()
    {'bottleneck_rank': tensor(4.), 'bottleneck_common': tensor(0.5000)}
    """

    def __init__(self):
        self.clear()

    def clear(self):
        """Forget what was added."""
        self.vectors = []

    def add(self, z):
        """Add one batch.

        Arguments
        ---------
        z : torch.Tensor
            Bottleneck of some crops of each utterance [G, B, P].
        """
        unit = F.normalize(z.detach().float(), dim=-1)
        self.vectors.append(unit.mean(dim=0))

    def figures(self):
        """Return the effective rank of the vectors, averaged over the crops of an
        utterance, and their common part: the length of the mean of all unit
        vectors, 1 where they are one vector and near 0 where they fill the
        sphere.

        Returns
        -------
        dict of str to torch.Tensor
        """
        z = torch.cat(self.vectors)  # [N, P]
        return {
            "bottleneck_rank": effective_rank(z),
            "bottleneck_common": z.mean(dim=0).norm(),
        }
