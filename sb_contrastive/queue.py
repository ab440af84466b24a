"""A queue of the latest keys, which are the negatives of MoCo."""

import hashlib

import torch

from sb_contrastive.distributed import gather_over_ranks
from sb_contrastive.ranges import Count


class KeyQueue(torch.nn.Module):
    """A ring of the last K keys (He et al. 2020, https://arxiv.org/abs/1911.05722).

    K need not be a multiple of the batch size. The state is in three buffers: the
    ring, an integer for each key, and the number of keys ever enqueued, from which
    pointer and fill count follow, so that a checkpoint restores it bit for bit.

    Arguments
    ---------
    size : int
        K, the number of keys.
    dim : int
        D, the size of a key.

    Example
    -------
    >>> queue = KeyQueue(size=3, dim=1)
    >>> queue.enqueue(torch.tensor([[1.0], [2.0]]))
    >>> queue.filled.flatten()
    tensor([1., 2.])
    >>> queue.enqueue(torch.tensor([[3.0], [4.0]]))  # 4 takes the place of 1
    >>> queue.filled.flatten(), queue.pointer
    (tensor([4., 2., 3.]), 1)
    """

    def __init__(self, size: Count, dim: Count):
        super().__init__()
        if size < 1 or dim < 1:
            raise ValueError(
                f"a queue holds at least one key of one number, got size "
                f"{size} and dim {dim}"
            )
        self.register_buffer("keys", torch.zeros(size, dim))  # [K, D]
        # Of recordings or classes; -1 of keys that came without
        self.register_buffer("ids", torch.full((size,), -1))  # [K]
        self.register_buffer("enqueued", torch.zeros((), dtype=torch.long))

    @property
    def pointer(self):
        """The place of the next key (int)."""
        return int(self.enqueued) % len(self.keys)

    @property
    def count(self):
        """The number of filled places, at most K (int)."""
        return min(int(self.enqueued), len(self.keys))

    @property
    def filled(self):
        """The keys without empty places, a view [count, D] and not a copy."""
        return self.keys[: self.count]

    @property
    def filled_ids(self):
        """The integers that `filled` has come with, a view [count] and not a copy."""
        return self.ids[: self.count]

    @torch.no_grad()
    def enqueue(self, keys, ids=None):
        """Write the keys of all processes, rank after rank, over the oldest ones.

        The keys are written in place, so call this after the backward pass of a
        loss that used `filled`.

        Arguments
        ---------
        keys : torch.Tensor
            Keys [B, D], with the same B on each rank. If there are more than K,
            the last K stay.
        ids : torch.Tensor, optional
            Integers [B], 0 or more, of what each key is of: its recording, see
            `recording_ids`, or its class; on all ranks or on none.
        """
        if keys.ndim != 2 or keys.shape[1] != self.keys.shape[1]:
            raise ValueError(
                f"this queue takes keys [B, {self.keys.shape[1]}], got a "
                f"tensor of shape {list(keys.shape)}"
            )
        if ids is None:
            ids = torch.full((len(keys),), -1, device=keys.device)
        keys, ids = gather_over_ranks(keys), gather_over_ranks(ids)
        K, total = len(self.keys), self.enqueued + len(keys)
        last = keys[-K:].to(self.keys)
        places = torch.arange(-len(last), 0, device=last.device) + total
        self.keys[places % K] = last
        self.ids[places % K] = ids[-K:].to(self.ids)
        self.enqueued.copy_(total)


def recording_ids(utterances):
    """Number utterances by their names, in the same way in each process and run.

    Arguments
    ---------
    utterances : list of str
        IDs of utterances.

    Returns
    -------
    torch.Tensor
        [N], from 0 to 2^63 - 1. That two names of a million share a number has
        a probability of 1 in 10 million.

    Example
    -------
    >>> recording_ids(["a", "b", "a"]).unique().shape
    torch.Size([2])
    """
    numbers = [
        int.from_bytes(
            hashlib.blake2b(u.encode(), digest_size=8).digest(), "big"
        )
        for u in utterances
    ]
    return torch.tensor([n >> 1 for n in numbers], dtype=torch.long)
