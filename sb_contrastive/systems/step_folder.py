"""The files that a training step leaves, and what the step after it takes over from them."""

import json

from sb_contrastive.encoders.weights import save_weights
from sb_contrastive.encoders.weights_file import weights_from
from sb_contrastive.files import write_atomically


def write_step(folder, modules, log):
    """Leave model.ckpt and log.json in the folder of a step.

    Arguments
    ---------
    folder : pathlib.Path
        The folder of the step.
    modules : torch.nn.ModuleDict
        The trained networks.
    log : dict
        The log of the training, of plain values.

    Example
    -------
    >>> import torch
    >>> folder = getfixture("tmp_path") / "finetune"
    >>> modules = torch.nn.ModuleDict({"classifier": torch.nn.Linear(2, 1)})
    >>> write_step(folder, modules, {"epochs": []})
    >>> load_step(modules, folder / "model.ckpt")
    """
    save_weights(modules, folder / "model.ckpt")
    write_atomically(
        folder / "log.json", lambda path: path.write_text(json.dumps(log))
    )


def load_step(modules, path):
    """Load into each module what the model.ckpt of another step has of it.

    Arguments
    ---------
    modules : dict of str to torch.nn.Module
        They are changed; one that the file does not know keeps its weights.
    path : pathlib.Path
        The file.
    """
    with weights_from(path) as state:
        for name, module in modules.items():
            prefix = f"{name}."
            part = {
                key.removeprefix(prefix): value
                for key, value in state.items()
                if key.startswith(prefix)
            }
            if part:  # a classifier after a step that has none starts anew
                module.load_state_dict(part)
