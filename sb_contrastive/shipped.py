"""Finds what comes with the package besides its modules: experiments, encoders and recipes."""

import os
from pathlib import Path

from sb_contrastive.suggestions import did_you_mean

PACKAGE = Path(__file__).parent
EXPERIMENTS = "hparams"


def shipped_root():
    """Return the folder that holds `hparams`, `recipes` and `tests/recipes`.

    Returns
    -------
    pathlib.Path
        The package where it was installed from a wheel; the repository where
        it lies in one.
    """
    installed = (PACKAGE / EXPERIMENTS).is_dir()
    return PACKAGE if installed else PACKAGE.parent


def shipped_experiments():
    """Find the experiments that come with the package.

    Returns
    -------
    dict of str to pathlib.Path
        Name -> YAML, in the order of the names.

    Example
    -------
    >>> shipped_experiments()["dino_ser"].name
    'dino_ser.yaml'
    """
    folder = shipped_root() / EXPERIMENTS
    return {path.stem: path for path in sorted(folder.glob("*.yaml"))}


def experiment_file(given):
    """Find an experiment by its path or by its name.

    Arguments
    ---------
    given : str or pathlib.Path
        The path of a YAML; or, where there is no such file, the name of an
        experiment that comes with the package: dino_ser, dino_ser.yaml and
        hparams/dino_ser.yaml are the same.

    Returns
    -------
    pathlib.Path
        Relative to the current folder where it lies inside of it.

    Raises
    ------
    FileNotFoundError
        When there is no such file, and no such name.

    Example
    -------
    >>> experiment_file("dino_srr")
    Traceback (most recent call last):
    ...
    FileNotFoundError: there is no experiment dino_srr; ... did you mean 'dino_ser'?
    """
    path = Path(given)
    if path.is_file():
        return path
    known = shipped_experiments()
    if path.parent in (Path(), Path(EXPERIMENTS)):
        name = path.name.removesuffix(".yaml")
        if name in known:
            return _as_seen_from_here(known[name])
    # A misspelt path is compared with its neighbours, a name with names
    beside = {p.as_posix() for p in path.parent.glob("*.yaml")}
    names = {*known, *beside}
    raise FileNotFoundError(
        f"there is no experiment {given}; those that come with the package are "
        f"{', '.join(known)}{did_you_mean(str(given), sorted(names))}"
    )


def _as_seen_from_here(path):
    try:
        inside = path.resolve().relative_to(Path.cwd())
    except ValueError:
        return path
    return Path(os.path.normpath(inside))
