"""The classifier of a step, as embeddings see it."""

import torch


def reader(networks):
    """Put together what reads embeddings: the classifier alone, or on what the
    projector makes of them.

    Arguments
    ---------
    networks : mapping of str to torch.nn.Module
        `classifier`, and maybe `projector`.

    Returns
    -------
    torch.nn.Module
        Embeddings [N, D] -> logits [N, C].

    Example
    -------
    >>> layers = {"projector": torch.nn.Linear(4, 3), "classifier": torch.nn.Linear(3, 2)}
    >>> reader(layers)(torch.ones(5, 4)).shape
    torch.Size([5, 2])
    """
    classifier = networks["classifier"]
    if "projector" in networks:
        return torch.nn.Sequential(networks["projector"], classifier)
    return classifier
