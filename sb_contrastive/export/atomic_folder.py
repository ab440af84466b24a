"""Replaces the folder of an exported model in one step, so that none is half written."""

import contextlib
import glob
import os
import shutil

from sb_contrastive.process.leftovers import clear_leftovers, is_alive


@contextlib.contextmanager
def atomic_folder(folder):
    """Open a new folder to fill, which takes the place of `folder` at the end.

    Arguments
    ---------
    folder : pathlib.Path
        Absolute path. It may exist already if it holds an exported model.

    Yields
    ------
    pathlib.Path
        The folder to fill.

    Raises
    ------
    ValueError
        When the folder exists and holds something else.

    Example
    -------
    >>> folder = getfixture("tmp_path") / "model"
    >>> with atomic_folder(folder) as new:
    ...     _ = (new / "README.md").write_text("a model")
    >>> [path.name for path in folder.iterdir()]
    ['README.md']
    """
    empty = folder.is_dir() and not any(folder.iterdir())
    if folder.exists() and not empty:
        # An experiment leaves a hyperparams.yaml too, beside its results
        if not (folder / "embedding_model.ckpt").is_file():
            raise ValueError(
                f"{folder} holds something that is no exported model: name "
                f"another folder, or remove it"
            )
    new, old = (
        folder.with_name(f".{folder.name}.{os.getpid()}.{kind}")
        for kind in ("new", "old")
    )
    _put_back(folder)
    clear_leftovers(folder.parent, folder.name)
    shutil.rmtree(new, ignore_errors=True)
    new.mkdir(parents=True)
    try:
        yield new
        if folder.exists():
            os.replace(folder, old)
        os.replace(new, folder)
    finally:
        if old.exists() and not folder.exists():
            os.replace(old, folder)
        for leftover in (new, old):
            shutil.rmtree(leftover, ignore_errors=True)


def _put_back(folder):
    """Put back the model that a process was killed while replacing."""
    for old in folder.parent.glob(f"{glob.escape('.' + folder.name)}.*.old"):
        process = old.name.split(".")[-2]
        if process.isdecimal() and not is_alive(int(process)):
            if not folder.exists():
                os.replace(old, folder)
