"""Takes the upper layers off a pretrained Transformer."""

import torch


def cut_short(network, layout, count):
    """Leave out all but the first layers, and what follows the last one.

    The last hidden state is then the output of layer `count` as it is in the
    whole network, without the norm that follows that one's last layer.

    Arguments
    ---------
    network : torch.nn.Module
        A network of transformers, changed in place.
    layout : Layout
        Where its parts are.
    count : int
        How many layers stay.

    Example
    -------
    >>> from sb_contrastive.encoders.pretrained.layout import Layout
    >>> network = torch.nn.Module()
    >>> network.layers = torch.nn.ModuleList(torch.nn.Tanh() for _ in range(4))
    >>> network.norm = torch.nn.LayerNorm(2)
    >>> cut_short(network, Layout("layers", (), ("norm",)), 2)
    >>> len(network.layers), network.norm
    (2, Identity())
    """
    layers = network.get_submodule(layout.layers)
    _put(network, layout.layers, layers[:count])
    for top in layout.top:
        _put(network, top, torch.nn.Identity())


def drops_frames(network):
    """Tell whether layers behind the Transformer drop frames, so that its own
    last state is not the network's."""
    return bool(getattr(network.config, "add_adapter", False))


def _put(network, name, part):
    parent, _, last = name.rpartition(".")
    setattr(network.get_submodule(parent), last, part)
