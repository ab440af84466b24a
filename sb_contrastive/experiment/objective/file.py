"""Finds the YAML of an objective, in the folder `objectives` beside the experiment."""

from pathlib import Path

from sb_contrastive.experiment.beside import make_importable
from sb_contrastive.experiment.objective.text_blocks import text_blocks
from sb_contrastive.suggestions import did_you_mean

FOLDER = "objectives"
NEEDED = ("pretraining_brain", "crops", "encoder")


def objectives_of(path, text=None):
    """List the names that `--objective` may have.

    Arguments
    ---------
    path : pathlib.Path
        The experiment.
    text : str, optional
        Its text.

    Returns
    -------
    list of str
        Empty where it has no pretraining whose objective can be another.
    """
    own = dict(text_blocks(text or path.read_text(encoding="utf-8")))
    if "objective" in own or not own.keys() >= {*NEEDED}:
        return []
    return sorted(file.stem for file in (path.parent / FOLDER).glob("*.yaml"))


def objective_file(name, path):
    """Find the file of the objective that was asked for.

    Arguments
    ---------
    name : str
        The name of a YAML in the folder `objectives` beside the experiment, or
        the path of one.
    path : pathlib.Path
        The experiment.

    Returns
    -------
    pathlib.Path

    Raises
    ------
    ValueError
        When there is none, or the experiment does not pretrain.
    """
    known = objectives_of(path)
    if not known:
        raise ValueError(
            f"{path} has no objective to replace: --objective is for "
            f"experiments with the values {', '.join(NEEDED)}"
        )
    for file in (path.parent / FOLDER / f"{name}.yaml", Path(name)):
        if file.suffix == ".yaml" and file.is_file():
            make_importable(file.parent)
            return file
    raise ValueError(
        f"there is no objective {name!r}; give the path of a YAML or one of "
        f"{', '.join(known)}{did_you_mean(str(name), known)}"
    )


def values_of_objective(values, path):
    """List the values that the objective of a run brings to its experiment.

    Arguments
    ---------
    values : dict
        Of the run; `objective` may be among them.
    path : pathlib.Path
        The experiment.

    Returns
    -------
    list of str
        Empty without an objective.
    """
    if not isinstance(values.get("objective"), str):
        return []
    file = objective_file(values["objective"], path)
    return [key for key, _ in text_blocks(file.read_text("utf-8")) if key]
