"""Low-rank updates inside a frozen network, and the same network with them added to its weights."""

import torch
from speechbrain.nnet.adapters import AdaptedModel, HoulsbyAdapterLinear, LoRA


class LoRALinear(LoRA):
    """SpeechBrain's LoRA (Hu et al. 2021, https://arxiv.org/abs/2106.09685) that
    also serves code that reads `weight` and `bias`, as WavLM's attention does:
    W x + alpha / rank * B A x, where B starts at zero.

    Example
    -------
    >>> layer = LoRALinear(torch.nn.Linear(4, 3), rank=2, alpha=4.0)
    >>> _ = torch.nn.init.normal_(layer.adapter_up_proj.weight)
    >>> x = torch.randn(5, 4)
    >>> same = torch.nn.functional.linear(x, layer.weight, layer.bias)
    >>> torch.allclose(layer(x), same, atol=1e-5)
    True
    """

    @property
    def weight(self):
        """The weight with the update added."""
        update = self.adapter_up_proj.weight @ self.adapter_down_proj.weight
        return self.pretrained_module.weight + self.scaling * update

    @property
    def bias(self):
        """The bias, which has no update."""
        return self.pretrained_module.bias


class ZeroHoulsby(HoulsbyAdapterLinear):
    """SpeechBrain's bottleneck adapter (Houlsby et al. 2019,
    https://arxiv.org/abs/1902.00751), x + U f(D x), where U starts at zero, so
    that the network first gives what it gave before.

    Example
    -------
    >>> linear = torch.nn.Linear(4, 3)
    >>> x = torch.randn(5, 4)
    >>> torch.equal(ZeroHoulsby(linear, 2)(x), linear(x))
    True
    """

    def __init__(self, target_linear, projection_size):
        super().__init__(target_linear, projection_size)
        torch.nn.init.zeros_(self.adapter_up_proj.weight)


def insert(network, adapter, patterns, **options):
    """Put adapters into a network, by SpeechBrain's `AdaptedModel`.

    Arguments
    ---------
    network : torch.nn.Module
        Changed in place.
    adapter : type
        `LoRALinear` or `ZeroHoulsby`.
    patterns : list of str
        Names of the linear layers to adapt, with wildcards.
    **options
        Of the adapter.

    Returns
    -------
    set of str
        Names of the new parameters.

    Raises
    ------
    ValueError
        When no layer has such a name.
    """
    before = {name for name, _ in network.named_parameters()}
    linear = sorted(
        {
            name.rpartition(".")[2]
            for name, module in network.named_modules()
            if isinstance(module, torch.nn.Linear)
        }
    )
    adapted = AdaptedModel(
        network, adapter, target_layers=patterns, adapter_kwargs=options
    )
    if not adapted.replace_layers:
        raise ValueError(
            f"no layer of the network is called {' or '.join(patterns)}: its "
            f"linear layers are {', '.join(linear)}"
        )
    # The weights of an adapted layer have moved into the adapter
    moved = ("pretrained_module", "pretrained_linear")
    return {
        name
        for name, _ in network.named_parameters()
        if name not in before and not any(f".{m}." in name for m in moved)
    }


@torch.no_grad()
def merge(network):
    """Add the low-rank updates to the weights, and take the adapters out.

    Arguments
    ---------
    network : torch.nn.Module
        Changed in place; other adapters than `LoRALinear` stay.

    Returns
    -------
    list of str
        Names of the layers that were merged.

    Example
    -------
    >>> network = torch.nn.Sequential(LoRALinear(torch.nn.Linear(4, 3), rank=2))
    >>> merge(network), network
    (['0'], Sequential(
      (0): Linear(in_features=4, out_features=3, bias=True)
    ))
    """
    layers = [
        (name, module)
        for name, module in network.named_modules()
        if isinstance(module, LoRALinear)
    ]
    for name, module in layers:
        weight, bias = module.weight, module.bias
        linear = torch.nn.Linear(
            weight.shape[1], weight.shape[0], bias is not None, weight.device
        )
        linear.weight.copy_(weight)
        if bias is not None:
            linear.bias.copy_(bias)
        parent, _, key = name.rpartition(".")
        setattr(network.get_submodule(parent), key, linear)
    return [name for name, _ in layers]
