"""The hidden states of a Transformer, layer by layer."""


def hidden_states(layers, run):
    """Run a network and keep the input of each of its layers.

    transformers' `output_hidden_states` gives fewer where LayerDrop leaves a
    layer out.

    Arguments
    ---------
    layers : torch.nn.ModuleList
        The Transformer layers of the network.
    run : callable
        () -> the last hidden state [B, T, D], after the final norm if there is
        one.

    Returns
    -------
    list of torch.Tensor
        The input of the first layer, and the outputs of all [B, T, D]. Of a
        layer that was left out, the output is its input.

    Example
    -------
    >>> import torch
    >>> layers = torch.nn.ModuleList(torch.nn.ReLU() for _ in range(2))
    >>> x = torch.tensor([-1.0])
    >>> hidden_states(layers, lambda: layers[1](layers[0](x)))
    [tensor([-1.]), tensor([0.]), tensor([0.])]
    """
    found = [None] * len(layers)
    handles = [
        layer.register_forward_pre_hook(_keeper(found, number))
        for number, layer in enumerate(layers)
    ]
    try:
        states = [run()]
    finally:
        # A layer that is computed again in the backward pass is kept once
        for handle in handles:
            handle.remove()
    for state in reversed(found):
        states.append(states[-1] if state is None else state)
    return states[::-1]


def _keeper(found, number):
    def keep(layer, inputs):
        found[number] = inputs[0]

    return keep
