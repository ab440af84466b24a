"""Ranges of the numbers that classes of SpeechBrain and PyTorch take: their own signatures name none."""

import inspect

import torch
from torch.optim import Optimizer

from sb_contrastive.experiment.document import children
from sb_contrastive.experiment.signatures import located
from sb_contrastive.ranges import Count, NotNegative, Positive, Share

LIBRARIES = ("torch", "torchaudio", "speechbrain")
SIZES = """
    attention_channels block_sizes channels dilations hidden_size
    in_channels in_features in_neurons input_size kernel_sizes lin_blocks
    lin_neurons n_fft n_mels n_neurons num_features num_layers out_channels
    out_features out_neurons res2net_scale se_channels tdnn_blocks
    tdnn_channels tdnn_dilations tdnn_kernel_sizes
"""
RANGES = {
    **dict.fromkeys(SIZES.split(), Count),
    **dict.fromkeys(("hop_length", "win_length", "sample_rate"), Positive),
    **dict.fromkeys(("eps", "scale"), Positive),
    **dict.fromkeys(("lr", "weight_decay", "margin"), NotNegative),
    **dict.fromkeys(("dropout", "p"), Share),
}


def library_range(target, argument):
    """Return the range of an argument that a library's class or function takes.

    Arguments
    ---------
    target : callable
        What a node of a YAML names, e.g. a subclass of a library's class.
    argument : str
        Its name.

    Returns
    -------
    object
        An annotation; None of an argument that is not a library's, or that any
        number suits.

    Example
    -------
    >>> library_range(torch.optim.AdamW, "weight_decay") is NotNegative
    True
    """
    owners = [target]
    if inspect.isclass(target):
        owners = [base for base in target.__mro__ if "__init__" in vars(base)]
    for owner in owners:
        call = vars(owner)["__init__"] if inspect.isclass(owner) else owner
        try:
            taken = argument in inspect.signature(call).parameters
        except (ValueError, TypeError):  # in C, or no function at all
            return None
        if taken:
            library = (owner.__module__ or "").partition(".")[0]
            return RANGES.get(argument) if library in LIBRARIES else None
    return None


def check_optimisers(document, source):
    """Refuse settings of an optimiser that PyTorch refuses: it would do so when
    the first step of training is near.

    Arguments
    ---------
    document : Document
        The experiment.
    source : str or pathlib.Path
        Its file, for the message.

    Raises
    ------
    ValueError
        With the value of the experiment, and what PyTorch says.

    Example
    -------
    >>> from sb_contrastive.experiment.document import Document
    >>> document = Document("rule: !name:torch.optim.AdamW {betas: [0.9, 1.5]}")
    >>> check_optimisers(document, "my.yaml")
    Traceback (most recent call last):
    ...
    ValueError: my.yaml: rule: Invalid beta parameter at index 1: 1.5
    """
    weight, seen = torch.nn.Parameter(torch.zeros(1, 1)), set()

    def visit(node, place):
        if id(node) in seen:
            return
        seen.add(id(node))
        target = located(node)
        if inspect.isclass(target) and issubclass(target, Optimizer):
            try:
                document.build((), node)[None]([weight])
            except (ValueError, TypeError) as error:
                raise ValueError(f"{source}: {place}: {error}") from error
        for child in children(node):
            visit(child, place)

    for name, node in document.nodes.items():
        visit(node, name)
