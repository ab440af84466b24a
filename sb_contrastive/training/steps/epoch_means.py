"""Means of some figures over the steps of an epoch, kept on the device."""

import torch

from sb_contrastive.distributed import mean_over_ranks


class EpochMeans(torch.nn.Module):
    """Sum figures step by step without waiting for the device. The sums are
    buffers, so that an epoch that is resumed in its midst counts all of it.

    Arguments
    ---------
    names : list of str
        Names of the figures.

    Example
    -------
    >>> means = EpochMeans(["loss"])
    >>> means.add({"loss": torch.tensor(1.0)})
    >>> means.add({"loss": torch.tensor(2.0)})
    >>> means.read()
    {'loss': 1.5}
    """

    def __init__(self, names):
        super().__init__()
        self.names = list(names)
        self.register_buffer("sums", torch.zeros(len(self.names)))
        self.register_buffer("steps", torch.zeros((), dtype=torch.long))

    @torch.no_grad()
    def add(self, figures):
        """Add the figures of one step, averaged over all processes: a
        checkpoint keeps what rank 0 has, and another may resume from it.

        Arguments
        ---------
        figures : dict of str to torch.Tensor
            A scalar for each name.
        """
        if self.names:
            values = torch.stack([figures[name].float() for name in self.names])
            self.sums += mean_over_ranks(values)
        self.steps += 1

    def read(self):
        """Return the means since the last call, and start anew.

        Returns
        -------
        dict of str to float
        """
        means = (self.sums / self.steps).tolist()
        self.sums.zero_()
        self.steps.zero_()
        return dict(zip(self.names, means))
