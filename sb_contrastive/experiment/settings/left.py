"""Looks at what training has left in an output folder: weights, predictions, and the file of settings."""

import json

from speechbrain.utils.distributed import if_main_process

from sb_contrastive.experiment.provenance.record import SETTINGS
from sb_contrastive.files import write_atomically

# What only training leaves
LEFT = ("*.ckpt", "*.npz", "predictions.csv", "pseudo_labels.csv")


def has_trained(folder, stage):
    """Tell whether a stage has left anything that results could be taken from.

    Arguments
    ---------
    folder : pathlib.Path
        The experiment's output folder.
    stage : str
        Name of the stage.

    Returns
    -------
    bool
    """
    own = [folder / stage, *folder.glob(f"labels_*/{stage}")]
    return any(
        next(place.rglob(pattern), None) for place in own for pattern in LEFT
    )


def read_settings(folder):
    """Read the settings that stages have been run with.

    Arguments
    ---------
    folder : pathlib.Path
        The experiment's output folder.

    Returns
    -------
    dict
        {stage: {name of a value: its YAML}}; empty where nothing was run.

    Raises
    ------
    ValueError
        When the file has another form.
    """
    path = folder / SETTINGS
    if not path.is_file():
        return {}
    found = json.loads(path.read_text(encoding="utf-8"))
    if not all(isinstance(record, dict) for record in found.values()):
        raise ValueError(
            f"{folder} was filled by an earlier version of "
            f"sb_contrastive: give another --output_folder"
        )
    return found


def write_settings(folder, recorded):
    """Write settings as `read_settings` reads them, on the main process.

    Arguments
    ---------
    folder : pathlib.Path
        The experiment's output folder, which is made.
    recorded : dict
        All that is known.
    """
    if not if_main_process():
        return
    text = json.dumps(recorded, indent=1)
    folder.mkdir(parents=True, exist_ok=True)
    write_atomically(
        folder / SETTINGS, lambda p: p.write_text(text, encoding="utf-8")
    )
