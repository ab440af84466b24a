"""Parts of a network by their dotted names, and the outputs of one of them."""

import contextlib

from sb_contrastive.suggestions import did_you_mean


def submodule(network, name):
    """Find a part of a network.

    Arguments
    ---------
    network : torch.nn.Module
        The network.
    name : str
        Dotted name of the part, e.g. "blocks.14".

    Returns
    -------
    torch.nn.Module

    Raises
    ------
    ValueError
        When the network has no such part.

    Example
    -------
    >>> import torch
    >>> network = torch.nn.Sequential(torch.nn.Linear(2, 1), torch.nn.ReLU())
    >>> submodule(network, "1")
    ReLU()
    """
    known = dict(network.named_modules())
    if name not in known:
        parts = ", ".join(n for n, _ in network.named_children())
        raise ValueError(
            f"{type(network).__name__} has no submodule {name!r}, "
            f"its parts are {parts}{did_you_mean(name, known)}"
        )
    return known[name]


@contextlib.contextmanager
def outputs_of(module):
    """Collect the outputs of a module while a network that has it runs.

    Arguments
    ---------
    module : torch.nn.Module
        A part of the network.

    Yields
    ------
    list of torch.Tensor
        One output for each call of the module inside the `with` block.

    Example
    -------
    >>> import torch
    >>> network = torch.nn.Sequential(torch.nn.ReLU(), torch.nn.Flatten(0))
    >>> with outputs_of(network[0]) as outputs:
    ...     _ = network(torch.tensor([[-1.0, 2.0]]))
    >>> outputs
    [tensor([[0., 2.]])]
    """
    outputs = []
    hook = module.register_forward_hook(
        lambda module, inputs, output: outputs.append(output)
    )
    try:
        yield outputs
    finally:
        hook.remove()
