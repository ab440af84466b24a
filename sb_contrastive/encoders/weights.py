"""Saves the weights of an encoder, and loads them where they fit."""

import contextlib
import copy
from pathlib import Path

import torch

from sb_contrastive.files import write_atomically
from sb_contrastive.suggestions import did_you_mean
from sb_contrastive.weights_file import weights_from

CHECKPOINT = "encoder.ckpt"  # in the folder of a pretraining stage
EXPORTED = "embedding_model.ckpt"  # in the folder of an exported model
# Part of an `UtteranceEncoder` -> its file in an exported folder
_PARTS = {
    "compute_features": "compute_features.ckpt",
    "mean_var_norm": "mean_var_norm.ckpt",
    "backbone": EXPORTED,
}


def save_weights(module, path):
    """Write a `state_dict`; an interrupted write leaves no partial file.

    Arguments
    ---------
    module : torch.nn.Module
        The network whose weights are saved.
    path : str or pathlib.Path
        The file.
    """
    weights = module.state_dict()
    write_atomically(path, lambda part: torch.save(weights, part))


@contextlib.contextmanager
def encoder_weights(checkpoint):
    """Read the weights of an encoder, wherever they have been left, for a `with`
    block that loads them.

    Arguments
    ---------
    checkpoint : str or pathlib.Path
        A file with the `state_dict` of an encoder; or a folder that holds
        `encoder.ckpt`, as a pretraining stage leaves it; or the folder of an
        exported model, or of another of SpeechBrain's with the same network.

    Yields
    ------
    dict of str to torch.Tensor
        The `state_dict` of an `UtteranceEncoder`, or of what was saved.

    Raises
    ------
    FileNotFoundError
        When there is no such file.
    ValueError
        When it is damaged or of another encoder, see `weights_from`.

    Example
    -------
    >>> path = getfixture("tmp_path") / "encoder.ckpt"
    >>> torch.save(torch.nn.Linear(2, 1).state_dict(), path)
    >>> with encoder_weights(path.parent) as state:
    ...     list(state)
    ['weight', 'bias']
    """
    path = weights_path(checkpoint)
    with weights_from(path) as state:
        yield _exported(path.parent) if path.name == EXPORTED else state


def weights_path(checkpoint):
    """Find the file of weights in a folder that `encoder_weights` reads.

    Arguments
    ---------
    checkpoint : str or pathlib.Path
        A file or a folder, see `encoder_weights`.

    Returns
    -------
    pathlib.Path

    Raises
    ------
    FileNotFoundError
        When there is none.

    Example
    -------
    >>> weights_path("no/such/encodr.ckpt")
    Traceback (most recent call last):
    ...
    FileNotFoundError: there is no checkpoint no/such/encodr.ckpt
    """
    path = Path(checkpoint)
    if path.is_dir():
        name = EXPORTED if (path / EXPORTED).is_file() else CHECKPOINT
        path = path / name
    if not path.is_file():
        near = path.parent.glob("*.ckpt") if path.parent.is_dir() else []
        raise FileNotFoundError(
            f"there is no checkpoint {path}"
            + did_you_mean(path.name, [p.name for p in near])
        )
    return path


def load_weights(encoder, checkpoint):
    """Load weights into an encoder; where any do not fit, it stays unchanged.

    Arguments
    ---------
    encoder : torch.nn.Module
        Changed in place: an `UtteranceEncoder`, or an `AdapterEncoder`.
    checkpoint : str or pathlib.Path
        A file or a folder, see `encoder_weights`, which also says what is
        refused.

    Example
    -------
    >>> folder = getfixture("tmp_path")
    >>> torch.save(torch.nn.Linear(2, 3).state_dict(), folder / "encoder.ckpt")
    >>> load_weights(torch.nn.Linear(2, 4), folder)
    Traceback (most recent call last):
    ...
    ValueError: ...encoder.ckpt holds the weights of another network than this ...
    """
    with encoder_weights(checkpoint) as state:
        # A misfit raises here, before the encoder has changed
        copy.deepcopy(encoder).load_state_dict(state)
        encoder.load_state_dict(state)


def _exported(folder):
    """Return the `state_dict` of an `UtteranceEncoder` from an exported folder."""
    state = {}
    for part, file in _PARTS.items():
        if not (folder / file).is_file():  # this part has no weights
            continue
        with weights_from(folder / file) as weights:
            # A backbone that takes no lengths is exported inside a wrapper
            wrapped = all(name.startswith("backbone.") for name in weights)
            for name, value in weights.items():
                own = name.removeprefix("backbone.") if wrapped else name
                state[f"{part}.{own}"] = value
    return state
