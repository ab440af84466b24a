"""Buffers that are put back when a batch is skipped."""

import torch


class BufferCopy:
    """Keeps buffers as they were before a forward pass, which moves batch
    statistics and centres before anyone knows that the loss is not finite.

    Arguments
    ---------
    parts : list of torch.nn.Module
        Whose buffers to keep; copied by `take`.

    Example
    -------
    >>> norm = torch.nn.BatchNorm1d(2)
    >>> copy = BufferCopy([norm])
    >>> copy.take()
    >>> _ = norm(torch.full([3, 2], float("nan")))
    >>> copy.put_back()
    >>> norm.running_mean
    tensor([0., 0.])
    """

    def __init__(self, parts):
        self.parts = parts
        self.kept = [b.clone() for b in self._buffers()]

    @torch.no_grad()
    def take(self):
        """Copies the buffers."""
        if self.kept:
            torch._foreach_copy_(self.kept, self._buffers())

    @torch.no_grad()
    def put_back(self):
        """Gives the buffers their old values."""
        if self.kept:
            torch._foreach_copy_(self._buffers(), self.kept)

    def _buffers(self):
        return [b for part in self.parts for b in part.buffers()]
