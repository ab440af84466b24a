"""Reads weights from a file, and says how they differ from those of the network that loads them."""

import contextlib

import torch

SHOWN = 3  # differences in a message; another encoder has hundreds


@contextlib.contextmanager
def weights_from(path):
    """Read the tensors of a file for a `with` block that loads them.

    Arguments
    ---------
    path : str or pathlib.Path
        A file that `torch.save` has written.

    Yields
    ------
    dict of str to torch.Tensor

    Raises
    ------
    ValueError
        When the file is damaged or holds anything but tensors, or when the
        block loads them into a network of another shape.

    Example
    -------
    >>> path = getfixture("tmp_path") / "a.ckpt"
    >>> torch.save(torch.nn.Linear(2, 1).state_dict(), path)
    >>> with weights_from(path) as state:
    ...     _ = torch.nn.Linear(3, 1).load_state_dict(state)
    Traceback (most recent call last):
    ...
    ValueError: ...a.ckpt holds the weights of another network than this ...
      size mismatch for weight: ...
    """
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # torch raises many types for damaged files
        if isinstance(error, OSError) and error.filename:
            raise  # the file cannot be opened; a short one has no name
        raise ValueError(
            f"{path} is damaged, or holds other things than tensors, which "
            f"are not loaded: delete it and run the stage that makes it again"
        ) from error
    try:
        yield state
    except RuntimeError as error:
        first, *differences = str(error).splitlines()
        if "loading state_dict" not in first:
            raise
        lines = [f"  {line.strip()[:200]}" for line in differences]
        if len(lines) > SHOWN:
            lines[SHOWN:] = [f"  and {len(lines) - SHOWN} more"]
        raise ValueError(
            f"{path} holds the weights of another network than this "
            f"experiment's: give the settings it was trained with, such as "
            f"--encoder and its sizes\n" + "\n".join(lines)
        ) from error
