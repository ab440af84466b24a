"""Refuses a device that this machine does not have, and tells which one a run uses and whether it computes in half precision."""

import torch
from speechbrain.utils.distributed import infer_device


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


def run_device(run_opts):
    """Return the device of a run: the given one, else a GPU if there is one, as
    SpeechBrain chooses it for training.

    Arguments
    ---------
    run_opts : dict or None
        SpeechBrain's run options.

    Returns
    -------
    str

    Example
    -------
    >>> run_device({"device": "cpu"}), run_device({"device": "cuda:1"})
    ('cpu', 'cuda:1')
    """
    return (run_opts or {}).get("device") or infer_device()


def computes_bfloat16(name):
    """Tell whether a device computes in bfloat16 by instructions of its own,
    with which `--precision bf16` makes training steps shorter.

    Arguments
    ---------
    name : str
        A device that this machine has, such as cpu or cuda:1.

    Returns
    -------
    bool
        False also where it is not known.

    Example
    -------
    >>> computes_bfloat16("cpu") in (True, False)
    True
    """
    device = torch.device(name)
    if device.type == "cuda":
        with torch.cuda.device(device):
            return torch.cuda.is_bf16_supported(including_emulation=False)
    # No public function tells it of a processor
    known = getattr(torch.cpu, "_is_avx512_bf16_supported", None)
    return device.type == "cpu" and known is not None and bool(known())
