"""A network in evaluation mode for a moment, within a training step."""

from contextlib import contextmanager

import torch


@contextmanager
def evaluation_mode(network):
    """Hear something without dropout, without moving batch statistics and without
    gradient; then every part is in the mode that it was in.

    Arguments
    ---------
    network : torch.nn.Module
        Not wrapped for several processes.

    Example
    -------
    >>> network = torch.nn.Sequential(torch.nn.Dropout(0.9)).train()
    >>> with evaluation_mode(network):
    ...     network(torch.ones(3))
    tensor([1., 1., 1.])
    >>> network[0].training
    True
    """
    modes = {module: module.training for module in network.modules()}
    network.eval()
    try:
        with torch.no_grad():
            yield
    finally:
        for module, mode in modes.items():
            module.training = mode
