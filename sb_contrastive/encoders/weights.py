"""Keeps the weights of an encoder, loads them again, and says so where they do not fit."""

import copy
from pathlib import Path

import torch

from sb_contrastive.files import write_atomically
from sb_contrastive.suggestions import did_you_mean
from sb_contrastive.weights_file import weights_from

CHECKPOINT = "encoder.ckpt"  # what a pretraining leaves
EXPORTED = "embedding_model.ckpt"  # what an exported model folder holds
# Its files, by what an `UtteranceEncoder` calls their networks
_PARTS = {
    "compute_features": "compute_features.ckpt",
    "mean_var_norm": "mean_var_norm.ckpt",
    "backbone": EXPORTED,
}


def save_weights(module, path):
    """Writes a `state_dict`, whole or not at all.

    Arguments
    ---------
    module : torch.nn.Module
        Whose weights to keep.
    path : str or pathlib.Path
        File to write.
    """
    weights = module.state_dict()
    write_atomically(path, lambda part: torch.save(weights, part))


def load_weights(encoder, checkpoint):
    """Loads weights into an encoder, all of them or none.

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
        copy.deepcopy(encoder).load_state_dict(state)  # fails, if so, here
        encoder.load_state_dict(state)


def _exported(folder):
    """The `state_dict` of an `UtteranceEncoder` from an exported folder."""
    state = {}
    for part, file in _PARTS.items():
        if not (folder / file).is_file():  # it has no weights
            continue
        with weights_from(folder / file) as weights:
            for name, value in weights.items():
                # A backbone without lengths is exported within another
                state[f"{part}.{name.removeprefix('backbone.')}"] = value
    return state
