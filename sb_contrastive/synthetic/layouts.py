"""Writes synthetic speech in the layout of a known corpus on first use, and keeps
it in a cache folder."""

import os
import shutil

from sb_contrastive.data.synthetic_notice import is_synthetic
from sb_contrastive.process.leftovers import clear_leftovers
from sb_contrastive.suggestions import did_you_mean
from sb_contrastive.synthetic.adress import write_adress
from sb_contrastive.synthetic.iemocap import write_iemocap
from sb_contrastive.synthetic.voxceleb import write_voxceleb

# Raise whenever voices, words or layouts change: old caches are then left alone.
CORPUS_VERSION = 1
# A new layout is a file with a writer(folder, seed=...) and a line here.
WRITERS = {
    "iemocap": write_iemocap,
    "voxceleb": write_voxceleb,
    "adress": write_adress,
}


def built_in_corpus(layout, cache_folder, seed=0):
    """Returns the folder of a synthetic corpus, writing it if need be.

    The corpus is written beside its final place and renamed when complete: an
    interrupted write leaves nothing that would be taken for a corpus, and of
    two processes that write at once one wins and both return its folder.

    Arguments
    ---------
    layout : str
        "iemocap", "voxceleb" or "adress".
    cache_folder : str
        Where corpora are kept; created if absent.
    seed : int
        Seed of voices and words.

    Returns
    -------
    folder : str
        Root of the corpus, named after layout, seed and `CORPUS_VERSION`.

    Raises
    ------
    ValueError
        When there is no such layout.

    Example
    -------
    >>> built_in_corpus("iemocab", "unused")
    Traceback (most recent call last):
    ...
    ValueError: there is no layout 'iemocab', only iemocap, voxceleb, adress; did you mean 'iemocap'?
    """
    if layout not in WRITERS:
        raise ValueError(
            f"there is no layout {layout!r}, only {', '.join(WRITERS)}"
            + did_you_mean(layout, WRITERS)
        )
    name = f"synthetic-{layout}-seed{seed}-v{CORPUS_VERSION}"
    folder = os.path.join(cache_folder, name)
    if is_synthetic(folder):
        return folder
    os.makedirs(cache_folder, exist_ok=True)
    unfinished = os.path.join(cache_folder, f".{name}.{os.getpid()}")
    clear_leftovers(cache_folder, name)
    try:
        WRITERS[layout](unfinished, seed=seed)
        _publish(unfinished, folder)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    return folder


def _publish(unfinished, folder):
    """Renames a complete corpus, unless another process was first."""
    try:
        os.rename(unfinished, folder)
    except OSError:
        # a folder that is there and complete was written by someone else, with
        # the same bytes; anything else is an error of the disk or of a person
        if not is_synthetic(folder):
            raise
