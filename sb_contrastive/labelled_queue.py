"""A queue of the latest embeddings with their labels."""

import torch

from sb_contrastive.distributed import gather_over_ranks
from sb_contrastive.queue import KeyQueue
from sb_contrastive.ranges import Count


class LabelledQueue(KeyQueue):
    """A `KeyQueue` whose keys have a label each.

    Arguments
    ---------
    size : int
        K, the number of keys.
    dim : int
        D, the size of a key.

    Example
    -------
    >>> queue = LabelledQueue(size=3, dim=1)
    >>> keys = torch.tensor([[1.0], [2.0], [3.0], [4.0]])
    >>> queue.enqueue(keys, torch.tensor([7, 8, 9, 7]))
    >>> queue.filled.flatten(), queue.filled_labels
    (tensor([4., 2., 3.]), tensor([7, 8, 9]))
    """

    def __init__(self, size: Count, dim: Count):
        super().__init__(size, dim)
        self.register_buffer("labels", torch.zeros(size, dtype=torch.long))

    @property
    def filled_labels(self):
        """The labels of the filled places, a view [count] and not a copy."""
        return self.labels[: self.count]

    @torch.no_grad()
    def enqueue(self, keys, labels):
        """Write keys and labels of all processes, see `KeyQueue.enqueue`.

        Arguments
        ---------
        keys : torch.Tensor
            [B, D], with the same B on each rank.
        labels : torch.Tensor
            Integers [B].
        """
        labels = gather_over_ranks(labels.to(self.labels))
        K, total = len(self.keys), self.enqueued + len(labels)
        last = labels[-K:]
        places = torch.arange(-len(last), 0, device=last.device) + total
        self.labels[places % K] = last
        super().enqueue(keys)
