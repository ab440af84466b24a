"""Names utterances; the names must be fit for files."""

import os
import re
from collections import Counter
from pathlib import Path

from sb_contrastive.data.manifests.source import SOURCE


def fill_ids(rows):
    """Names rows without an ID after their file, or path if files repeat.

    Arguments
    ---------
    rows : list of dict
        Rows with an absolute `wav`; changed in place.

    Example
    -------
    >>> rows = [{"wav": "/c/ann/1.wav"}, {"wav": "/c/bob/1.wav"}]
    >>> fill_ids(rows)
    >>> [row["ID"] for row in rows]
    ['ann--1', 'bob--1']
    """
    bare = [row for row in rows if "ID" not in row]
    stems = Counter(Path(row["wav"]).stem for row in bare)
    shared = ""
    if len(stems) < len(bare):
        shared = os.path.commonpath([Path(r["wav"]).parent for r in bare])
    for row in bare:
        wav = Path(row["wav"])
        name = wav.stem
        if stems[name] > 1:
            parts = wav.relative_to(shared).with_suffix("").parts
            name = "--".join(parts)
        row["ID"] = safe_id(name)


def safe_id(name):
    """Replaces everything that an ID may not hold by underscores.

    Arguments
    ---------
    name : str
        Any text.

    Returns
    -------
    str

    Example
    -------
    >>> safe_id("../a")
    '__a'
    """
    return re.sub(r"\.{2,}|[/\\\x00-\x1f\x7f]", "_", name)


def refuse_as_name(name, what, source):
    """Refuses what cannot be the name of a file or folder.

    Arguments
    ---------
    name : str
        A cell of a manifest.
    what : str
        Its column.
    source : str
        Where it stands.

    Raises
    ------
    ValueError
        When it could lead out of a folder, or holds line breaks or the like.

    Example
    -------
    >>> refuse_as_name("ann-1", "fold", "mine.csv:2")
    """
    if name == "." or safe_id(name) != name:
        raise ValueError(
            f"{source} has the {what} {name!r}; it names files, so it may not"
            " hold a path separator, '..' or control characters"
        )


def refuse_bad_ids(rows):
    """Refuses IDs that repeat or lead out of a folder, as file names must not.

    Arguments
    ---------
    rows : list of dict
        Manifest rows; messages name their `SOURCE`, where they have one.

    Raises
    ------
    ValueError
        At the first bad ID.

    Example
    -------
    >>> refuse_bad_ids([{"ID": "..", "wav": "/a.wav", SOURCE: "mine.csv:2"}])
    Traceback (most recent call last):
    ...
    ValueError: mine.csv:2 has the ID '..'; it names files, so it may not hold...
    """
    seen = {}
    for row in rows:
        name, source = row["ID"], row.get(SOURCE, row["wav"])
        refuse_as_name(name, "ID", source)
        if name in seen:
            raise ValueError(
                f"{source} has the ID {name!r} of {seen[name]}; each"
                " utterance needs its own, in the column ID"
            )
        seen[name] = source
