"""Gives each process its part of every global batch."""

from sb_contrastive.distributed import rank, world_size


class RankShare:
    """Takes the items of one of several processes from a sampler: of each
    W * B items, the process takes B in its turn. So W processes with batches of
    B see, together and in order, the batches of W * B of a single process, in
    every epoch. Items that do not fill a turn of all processes are left out.

    Arguments
    ---------
    sampler : iterable
        Yields items, the same on each rank: rows, or whole batches.
    share : int
        B, items in one turn of a process; 1 where they are batches.

    Example
    -------
    >>> list(RankShare(range(7), share=2))  # of one process
    [0, 1, 2, 3, 4, 5]
    """

    def __init__(self, sampler, share):
        self.sampler, self.share = sampler, share

    def set_epoch(self, epoch):
        """Passes the epoch on to a sampler that depends on it."""
        if hasattr(self.sampler, "set_epoch"):
            self.sampler.set_epoch(epoch)

    def __len__(self):
        return len(self.sampler) // (world_size() * self.share) * self.share

    def __iter__(self):
        first, turn = rank() * self.share, []
        for item in self.sampler:
            turn.append(item)
            if len(turn) == world_size() * self.share:
                yield from turn[first : first + self.share]
                turn = []
