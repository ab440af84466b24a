"""Models that come with the package: a folder each, which `sb_contrastive.load` finds by its name."""

from pathlib import Path

FOLDER = Path(__file__).parent


def known_models():
    """List the names of the models that come with the package.

    Returns
    -------
    list of str

    Example
    -------
    >>> known_models()
    ['speaker-small']
    """
    return sorted(
        path.parent.name for path in FOLDER.glob("*/hyperparams.yaml")
    )


def model_folder(source):
    """Find the folder of a model.

    Arguments
    ---------
    source : str or pathlib.Path
        A folder, or the name of a model that comes with the package. A folder of
        that name comes first.

    Returns
    -------
    pathlib.Path

    Example
    -------
    >>> model_folder("speaker-small").parent == FOLDER
    True
    >>> model_folder("my/model").as_posix()
    'my/model'
    """
    folder = Path(source).expanduser()
    if str(source) in known_models() and not folder.exists():
        return FOLDER / str(source)
    return folder
