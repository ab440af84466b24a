"""Saves the weights of an encoder, and loads them where they fit."""

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


def load_weights(encoder, checkpoint):
    """Load weights into an encoder; where any do not fit, it stays unchanged.

    Arguments
    ---------
    encoder : torch.nn.Module
        Changed in place: an `UtteranceEncoder`, or an `AdapterEncoder`.
    checkpoint : str or pathlib.Path
        A file with its `state_dict`; or a folder that holds `encoder.ckpt`, as
        a pretraining stage leaves it; or the folder of an exported model.

    Raises
    ------
    FileNotFoundError
        When there is no such file.
    ValueError
        When it is damaged or of another encoder, see `weights_from`.

    Example
    -------
    >>> folder = getfixture("tmp_path")
    >>> torch.save(torch.nn.Linear(2, 3).state_dict(), folder / "encoder.ckpt")
    >>> load_weights(torch.nn.Linear(2, 4), folder)
    Traceback (most recent call last):
    ...
    ValueError: ...encoder.ckpt holds the weights of another network than this ...
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
    with weights_from(path) as state:
        if path.name == EXPORTED:
            state = _exported(path.parent)
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
            for name, value in weights.items():
                # A backbone that takes no lengths is exported inside a wrapper
                state[f"{part}.{name.removeprefix('backbone.')}"] = value
    return state
