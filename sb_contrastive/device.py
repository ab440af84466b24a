"""Refuses a device that this machine does not have."""

import torch


def checked_device(name):
    """Check the name of a device before a model is loaded to it.

    Arguments
    ---------
    name : str or None
        Such as cpu, cuda or cuda:1; None for a GPU if there is one.

    Returns
    -------
    str or None
        The name with the number that SpeechBrain asks for.

    Raises
    ------
    ValueError
        When there is no such device.

    Example
    -------
    >>> checked_device("banana")
    Traceback (most recent call last):
    ...
    ValueError: --device is cpu, or cuda, or cuda:1 and so on, not 'banana'
    """
    if name is None:
        return None
    try:
        device = torch.device(name)
    except (RuntimeError, ValueError):
        device = None
    if device is None or device.type not in ("cpu", "cuda", "mps"):
        raise ValueError(
            f"--device is cpu, or cuda, or cuda:1 and so on, not {name!r}"
        )
    if device.type == "cuda":
        count = torch.cuda.device_count() if torch.cuda.is_available() else 0
        index = device.index or 0
        if index >= count:
            here = f"{count} of them" if count else "none"
            raise ValueError(
                f"--device {name} asks for GPU number {index}, and this "
                f"machine has {here}: give --device cpu, or leave it out"
            )
        return f"cuda:{index}"
    if device.type == "mps" and not torch.backends.mps.is_available():
        raise ValueError(
            f"--device {name} asks for a GPU that this machine does not have: "
            f"give --device cpu, or leave it out"
        )
    return "cpu" if device.type == "cpu" else name
