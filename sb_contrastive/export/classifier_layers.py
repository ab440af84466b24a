"""Reduces a classifier to layers that SpeechBrain's inference can build."""

import copy

import torch
from torch.nn.utils.fusion import fuse_linear_bn_eval

_LINEAR = """!new:torch.nn.Linear
        in_features: {in_features}
        out_features: {out_features}
        bias: {bias}"""
_NORM = """!new:torch.nn.LayerNorm
        normalized_shape: {size}
        eps: {eps}"""


def classifier_layers(classifier):
    """Reduce a classifier to a chain of simple layers.

    Dropout is left out, and batch normalisation is folded into the linear layer
    before it, so that the chain accepts [B, 1, D], the shape of SpeechBrain's
    embeddings, as well as [B, D].

    Arguments
    ---------
    classifier : torch.nn.Module
        `torch.nn.Linear`, or a `Sequential`, however nested, of `Linear`,
        `BatchNorm1d`, `LayerNorm`, `ReLU`, `Dropout` and modules that `folded`
        turns into a linear layer; it is left unchanged.

    Returns
    -------
    dict
        Name -> (layer, its YAML text).

    Raises
    ------
    ValueError
        When it contains a layer of another type.

    Example
    -------
    >>> head = torch.nn.Sequential(
    ...     torch.nn.Linear(8, 4), torch.nn.BatchNorm1d(4), torch.nn.ReLU()
    ... )
    >>> [type(layer).__name__ for layer, _ in classifier_layers(head).values()]
    ['Linear', 'ReLU']
    """
    plain = []
    for layer in _flat(copy.deepcopy(classifier).cpu().eval()):
        if isinstance(layer, torch.nn.Dropout):
            continue
        last = plain[-1] if plain else None
        if isinstance(layer, torch.nn.BatchNorm1d) and isinstance(
            last, torch.nn.Linear
        ):
            plain[-1] = fuse_linear_bn_eval(last, layer)
        else:
            plain.append(layer)
    if len(plain) == 1:
        return {"linear": (plain[0], _yaml(plain[0]))}
    return {
        f"layer{number}": (layer, _yaml(layer))
        for number, layer in enumerate(plain)
    }


def _flat(module):
    if hasattr(module, "folded"):  # it normalises first
        return [module.folded()]
    if isinstance(module, torch.nn.Sequential):
        return [layer for child in module for layer in _flat(child)]
    return [module]


def _yaml(layer):
    if type(layer) is torch.nn.Linear:
        return _LINEAR.format(
            in_features=layer.in_features,
            out_features=layer.out_features,
            bias=layer.bias is not None,
        )
    if type(layer) is torch.nn.LayerNorm and layer.elementwise_affine:
        return _NORM.format(size=layer.normalized_shape[0], eps=layer.eps)
    if type(layer) is torch.nn.ReLU:
        return "!new:torch.nn.ReLU"
    raise ValueError(
        f"the classifier to export is a torch.nn.Linear, or a Sequential of "
        f"Linear, BatchNorm1d, LayerNorm, ReLU and Dropout, got "
        f"{type(layer).__name__}"
    )
