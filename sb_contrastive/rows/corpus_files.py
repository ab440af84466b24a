"""The files that rows are made from: what is annotated counts by its content, audio by its name and size."""

from functools import partial
from pathlib import Path

from sb_contrastive.data.audio.formats import READABLE, UNREADABLE, suffix
from sb_contrastive.data.trials.models import places_beside
from sb_contrastive.experiment.provenance.contents import files_below

LARGEST = 2**20  # bytes of a table or transcript that an own reader may read


def corpus_files(prepare, data_folder):
    """List the files of a corpus whose content counts, and its folder.

    Arguments
    ---------
    prepare : callable
        The reader of the corpus. Its attribute `annotations`, a function of the
        folder, lists the files that it reads besides audio. Of a reader without
        it, all files of up to 1 MB that are no audio count.
    data_folder : str or None
        Folder of the corpus; None is the built-in one, which never changes.

    Returns
    -------
    list of pathlib.Path
        Empty where there is no folder.

    Example
    -------
    >>> folder = getfixture("tmp_path")
    >>> _ = (folder / "labels.txt").write_text("a sad")
    >>> _ = (folder / "a.wav").write_bytes(b"")
    >>> [path.name for path in corpus_files(print, folder)][:-1]
    ['labels.txt']
    """
    if data_folder is None:
        return []
    folder = Path(data_folder).expanduser()
    if not folder.is_dir():
        return []
    while isinstance(prepare, partial):
        prepare = prepare.func
    annotations = getattr(prepare, "annotations", _small_files)
    return [*sorted(annotations(folder)), Path(data_folder)]


def trial_files(lists):
    """List trial lists and the lists of models that may stand beside them.

    Arguments
    ---------
    lists : iterable of (str or pathlib.Path)
        Trial lists.

    Returns
    -------
    list of pathlib.Path
        Of the lists of models also those that are not there, since one that
        appears changes who is enrolled.
    """
    lists = [Path(path) for path in lists]
    beside = [place for path in lists for place in places_beside(path)]
    return list(dict.fromkeys([*lists, *beside]))


def _small_files(folder):
    """List the files that an unknown reader may read besides audio."""
    return [
        Path(path)
        for path, size in files_below(folder)
        if suffix(path) not in READABLE | UNREADABLE and size <= LARGEST
    ]
