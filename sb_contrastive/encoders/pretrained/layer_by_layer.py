"""Transformer layers one after the other, some of which LayerDrop may leave out."""

import torch


def outputs_of_layers(layers, x, drop=0.0, **given):
    """Run layers in turn.

    Arguments
    ---------
    layers : iterable of torch.nn.Module
        (x, **given) -> [B, T, D], or a tuple that begins with it.
    x : torch.Tensor
        The input of the first [B, T, D].
    drop : float
        Probability of a layer to be left out while it trains (LayerDrop, Fan et
        al. 2019, https://arxiv.org/abs/1909.11556).
    **given
        Further arguments of each layer.

    Returns
    -------
    list of torch.Tensor
        The output of each layer; of one that is left out, its input.

    Example
    -------
    >>> outputs_of_layers([torch.nn.ReLU(), torch.nn.ReLU()], torch.tensor([-1.0]))
    [tensor([0.]), tensor([0.])]
    """
    outputs = []
    for layer in layers:
        dropped = layer.training and drop > 0 and torch.rand([]) < drop
        if not dropped:
            x = layer(x, **given)
            x = x[0] if isinstance(x, tuple) else x
        outputs.append(x)
    return outputs
