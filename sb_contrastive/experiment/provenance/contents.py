"""Digests of files, by which an input that has changed is known."""

import functools
import hashlib
import os
from pathlib import Path

import yaml

from sb_contrastive.experiment.document import children
from sb_contrastive.experiment.provenance.lock import FILE as LOCK


def digest(path):
    """Return what stands for the content of a file, or of a folder of audio.

    Arguments
    ---------
    path : str or pathlib.Path
        A file; of a folder the names and sizes of its files count, since to read
        all of a corpus at each start would take too long.

    Returns
    -------
    str or None
        None where there is nothing.

    Example
    -------
    >>> path = getfixture("tmp_path") / "a.csv"
    >>> digest(path)
    >>> _ = path.write_text("wav")
    >>> digest(path)[:8]
    '61e25c2c'
    """
    path = Path(path).expanduser()
    if path.is_dir():
        return _of_folder(path)
    if not path.is_file():
        return None
    stat = path.stat()
    return _of_file(str(path.resolve()), stat.st_mtime_ns, stat.st_size)


def named_files(node):
    """List the files that a value of a YAML names: manifests, weights, lists.

    Arguments
    ---------
    node : yaml.Node
        Any value; a text may join paths by commas.

    Returns
    -------
    list of pathlib.Path
        Those that exist, without folders.
    """
    if not isinstance(node, yaml.ScalarNode):
        return [path for child in children(node) for path in named_files(child)]
    pieces = [piece.strip() for piece in node.value.split(",")]
    found = (Path(t).expanduser() for t in dict.fromkeys([node.value, *pieces]))
    return [path for path in found if _is_file(path)]


def _is_file(path):
    try:
        return path.is_file()
    except (OSError, ValueError):  # too long for a name, say
        return False


@functools.lru_cache(maxsize=None)
def _of_file(path, _modified, _size):
    """Hash a file once for each state of it."""
    total = hashlib.sha256()
    with open(path, "rb") as file:
        while block := file.read(2**20):
            total.update(block)
    return total.hexdigest()


def _of_folder(folder):
    total = hashlib.sha256()
    for path, size in files_below(folder):
        line = f"{os.path.relpath(path, folder)} {size}\n"
        total.update(line.encode("utf-8", "surrogateescape"))
    return total.hexdigest()


def files_below(folder):
    """List the files of a folder and of those in it, with their sizes.

    Hidden files, and output folders of experiments, are passed over: neither is
    part of a corpus.

    Arguments
    ---------
    folder : str or pathlib.Path
        A folder that is there. Links are followed, each place once.

    Yields
    ------
    path : str
        Sorted within each folder.
    size : int
        In bytes; -1 of a link to nothing.
    """
    seen = set()
    for place, folders, names in os.walk(folder, followlinks=True):
        real = os.path.realpath(place)
        if real in seen or LOCK in names:
            folders.clear()
            continue
        seen.add(real)
        folders[:] = sorted(name for name in folders if name[0] != ".")
        for name in sorted(names):
            if name[0] != ".":
                path = os.path.join(place, name)
                yield path, _size(path)


def _size(path):
    try:
        return os.stat(path).st_size
    except OSError:
        return -1
