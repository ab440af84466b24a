"""Loads the weights of a model folder, complete or not at all."""

import contextlib
from pathlib import Path

import torch
from speechbrain.utils.checkpoints import (
    DEFAULT_LOAD_HOOKS,
    DEFAULT_TRANSFER_HOOKS,
    get_default_hook,
    torch_parameter_transfer,
)

AGAIN = "export or download the model again"


def load_model_weights(pretrainer, folder):
    """Load every part that a `Pretrainer` names from the files of a folder.

    SpeechBrain's own loading leaves a part at random where its weights are
    missing, and only warns.

    Arguments
    ---------
    pretrainer : speechbrain.utils.parameter_transfer.Pretrainer
        The value `pretrainer` of hyperparams.yaml.
    folder : pathlib.Path
        The folder of the model.

    Raises
    ------
    FileNotFoundError
        When a file is missing.
    ValueError
        When a file is damaged, or of another network, or holds weights that are
        not finite.

    Example
    -------
    >>> from speechbrain.utils.parameter_transfer import Pretrainer
    >>> folder = getfixture("tmp_path")
    >>> _ = (folder / "a.ckpt").write_bytes(b"cut short")
    >>> parts = Pretrainer(loadables={"a": torch.nn.Linear(2, 1)})
    >>> load_model_weights(parts, folder)
    Traceback (most recent call last):
    ...
    ValueError: ...a.ckpt is damaged, or no file of weights: export or ...
    """
    for name, part in pretrainer.loadables.items():
        if not pretrainer.is_loadable(name):
            continue
        path = Path(str(pretrainer.paths.get(name, folder / f"{name}.ckpt")))
        if not path.is_file():
            raise FileNotFoundError(
                f"{path} is missing, which hyperparams.yaml names: {AGAIN}"
            )
        own = pretrainer.custom_hooks.get(name)
        hook = own or get_default_hook(part, DEFAULT_TRANSFER_HOOKS)
        if hook is torch_parameter_transfer:
            load_module(part, path)
        else:
            _load_other(part, path, hook)


def load_module(module, path):
    """Load all weights of a module; a file may hold others besides.

    Arguments
    ---------
    module : torch.nn.Module
        Changed in place.
    path : pathlib.Path
        A file that `torch.save` has written.

    Raises
    ------
    ValueError
        See `load_model_weights`.
    """
    with _damage_named(path):
        state = torch.load(path, map_location="cpu", weights_only=True)
        shapes = {key: list(value.shape) for key, value in state.items()}
    for key, value in module.state_dict().items():
        if shapes.get(key) != list(value.shape):
            raise ValueError(
                f"{path} holds the weights of another network than "
                f"hyperparams.yaml describes: {key} has the shape "
                f"{shapes.get(key, 'missing')} in the file and "
                f"{list(value.shape)} in the network: {AGAIN}"
            )
        if not state[key].isfinite().all():
            raise ValueError(
                f"{path}: the weight {key} is not finite, so that every "
                f"embedding would be NaN: its training has diverged; train "
                f"again with a lower learning rate"
            )
    module.load_state_dict(state, strict=False)


def _load_other(part, path, hook):
    """Load what is no plain module, such as the names of classes."""
    with _damage_named(path):
        if hook is not None:
            hook(part, path)
        else:
            load = get_default_hook(part, DEFAULT_LOAD_HOOKS)
            load(part, path, False)
        # SpeechBrain reads names of classes from any text, if need be none
        if getattr(part, "lab2ind", True) == {}:
            raise ValueError("no class is named")


@contextlib.contextmanager
def _damage_named(path):
    """Name the file of any error: torch raises many types for damaged ones."""
    try:
        yield
    except Exception as error:
        if isinstance(error, OSError) and error.filename:
            raise  # the file cannot be opened; a short one has no name
        raise ValueError(
            f"{path} is damaged, or no file of weights: {AGAIN}"
        ) from error
