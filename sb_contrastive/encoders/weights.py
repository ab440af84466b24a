"""Saves the weights of an encoder, and loads them where they fit."""

from pathlib import Path
from typing import NamedTuple

import torch

from sb_contrastive.encoders.fresh_affine import with_fresh_affine
from sb_contrastive.encoders.weight_names import misfit, named_as, tuning_of
from sb_contrastive.encoders.weights_file import weights_from
from sb_contrastive.files import write_atomically
from sb_contrastive.suggestions import did_you_mean

CHECKPOINT = "encoder.ckpt"  # in the folder of a pretraining stage
EXPORTED = (
    "embedding_model.ckpt"  # in the folder of a model, ours or SpeechBrain's
)
STEP = "model.ckpt"  # in the folder of a training step
# Part of an `UtteranceEncoder` -> its file in the folder of a model
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


class Loaded(NamedTuple):
    """Weights that were loaded: from which files, how many tensors, and the names
    of those in the files that were left."""

    files: list
    tensors: int
    left: list

    def __str__(self):
        text = f"{self.files[0]}: {self.tensors} tensors loaded"
        if not self.left:
            return text
        parts = dict.fromkeys(name.split(".")[0] for name in self.left)
        return f"{text}, {', '.join(parts)} left"


def load_weights(encoder, checkpoint, fresh_affine=False):
    """Load weights into an encoder; where any do not fit, it stays unchanged.

    Arguments
    ---------
    encoder : torch.nn.Module
        Changed in place: an `UtteranceEncoder`, or an `AdapterEncoder`.
    checkpoint : str or pathlib.Path
        A file or a folder, see `encoder_weights`.
    fresh_affine : bool
        Whether the embedding layer stays as it is; that of the file may be of
        another kind.

    Returns
    -------
    Loaded
        What was loaded, as a sentence when printed.

    Raises
    ------
    FileNotFoundError
        When there is no such file.
    ValueError
        When it is damaged, or of another network.

    Example
    -------
    >>> folder = getfixture("tmp_path")
    >>> torch.save(torch.nn.Linear(2, 3).state_dict(), folder / "encoder.ckpt")
    >>> print(load_weights(torch.nn.Linear(2, 3), folder))
    /...encoder.ckpt: 2 tensors loaded
    >>> load_weights(torch.nn.Linear(2, 4), folder)
    Traceback (most recent call last):
    ...
    ValueError: ...encoder.ckpt holds the weights of another network than this ...
    """
    state, loaded = _fitting(encoder, checkpoint, fresh_affine)
    encoder.load_state_dict(state)
    return loaded


def encoder_weights(encoder, checkpoint, fresh_affine=False):
    """Read weights that fit an encoder, wherever they have been left.

    Arguments
    ---------
    encoder : torch.nn.Module
        Left as it is: an `UtteranceEncoder`, or an `AdapterEncoder`.
    checkpoint : str or pathlib.Path
        A file with the `state_dict` of an encoder, of a backbone, or of the
        modules of a training step; or a folder that holds `encoder.ckpt`, as a
        pretraining stage leaves it, or `model.ckpt`, as a step does; or the
        folder of an exported model, or of another of SpeechBrain's with the same
        network.
    fresh_affine : bool
        See `load_weights`, which also says what is refused.

    Returns
    -------
    dict of str to torch.Tensor
        A `state_dict` of the encoder.

    Example
    -------
    >>> path = getfixture("tmp_path") / "encoder.ckpt"
    >>> torch.save(torch.nn.Linear(2, 1).state_dict(), path)
    >>> list(encoder_weights(torch.nn.Linear(2, 1), path.parent))
    ['weight', 'bias']
    """
    return _fitting(encoder, checkpoint, fresh_affine)[0]


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
        names = [n for n in (EXPORTED, STEP) if (path / n).is_file()]
        path = path / [*names, CHECKPOINT][0]
    if not path.is_file():
        near = path.parent.glob("*.ckpt") if path.parent.is_dir() else []
        raise FileNotFoundError(
            f"there is no checkpoint {path}"
            + did_you_mean(path.name, [p.name for p in near])
        )
    return path


def weight_files(path):
    """List the files that hold an encoder: of a model's folder, one for each part.

    Arguments
    ---------
    path : pathlib.Path
        From `weights_path`.

    Returns
    -------
    list of pathlib.Path
        The given one first.
    """
    if path.name != EXPORTED:
        return [path]
    others = (path.with_name(file) for file in _PARTS.values())
    return [path, *(p for p in others if p != path and p.is_file())]


def _fitting(encoder, checkpoint, fresh_affine):
    """Return a `state_dict` that the encoder can load, and what it is."""
    path = weights_path(checkpoint)
    found = _exported(path) if path.name == EXPORTED else _tensors(path)
    own = encoder.state_dict()
    named = named_as(own, found)
    state = {**_constants(encoder, named), **named}
    if fresh_affine:
        # The file's may be of another kind: another pooling, say
        state = with_fresh_affine(encoder, state)
    difference = misfit(own, state)
    if difference:
        raise ValueError(
            f"{path} holds the weights of another network than this "
            f"experiment's: {difference}; {_advice(own, state)}"
        )
    of_encoder = {id(value) for value in named.values()}
    loaded = {id(value) for value in state.values()}
    files = weight_files(path)
    left = [name for name, v in found.items() if id(v) not in of_encoder]
    if path.name == EXPORTED:
        others = path.parent.glob("*.ckpt")
        left += sorted(p.stem for p in others if p not in files)
    count = sum(id(value) in loaded for value in found.values())
    return state, Loaded(files, count, left)


def _constants(encoder, state):
    """Return the buffers of parts that weights have nothing of: a file of the
    backbone alone lacks the filters of its features, which are made anew."""
    parts = {name.partition(".")[0] for name in state}
    buffers = {name for name, _ in encoder.named_buffers()}
    return {
        name: value
        for name, value in encoder.state_dict().items()
        if name in buffers and name.partition(".")[0] not in parts
    }


def _advice(own, state):
    now, then = tuning_of(own), tuning_of(state)
    if now != then:
        return (
            f"its pretrained network was trained with tune: {then}, and here it "
            f"is {now}: give --tune {then}, with the settings it had then"
        )
    return (
        "give the settings it was trained with, such as --encoder and its sizes"
    )


def _tensors(path):
    with weights_from(path) as state:
        named = isinstance(state, dict) and all(
            isinstance(value, torch.Tensor) for value in state.values()
        )
    if not named:
        raise ValueError(
            f"{path} holds no weights by name, as a network's state_dict does: "
            f"give the file of an encoder"
        )
    return state


def _exported(path):
    """Return the `state_dict` of an `UtteranceEncoder` from the folder of a model."""
    state = {}
    for part, file in _PARTS.items():
        if not path.with_name(file).is_file():  # this part has no weights
            continue
        weights = _tensors(path.with_name(file))
        # A backbone that takes no lengths is exported inside a wrapper
        wrapped = all(name.startswith("backbone.") for name in weights)
        for name, value in weights.items():
            own = name.removeprefix("backbone.") if wrapped else name
            state[f"{part}.{own}"] = value
    return state
