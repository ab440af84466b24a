"""Names utterances; the names must be fit for files."""

import os
import re
from collections import Counter
from pathlib import Path

from sb_contrastive.data.audio.bad_audio import printable
from sb_contrastive.data.manifests.source import SOURCE

FORBIDDEN = re.compile(r"\.{2,}|[/\\\x00-\x1f\x7f]")


def fill_ids(rows):
    """Names rows without an ID after their file, or path if files repeat; with
    its suffix where two files differ in nothing else.

    Arguments
    ---------
    rows : list of dict
        Rows with an absolute `wav`; changed in place.

    Example
    -------
    >>> rows = [{"wav": f"/c/{x}"} for x in ("ann/1.wav", "bob/1.wav", "2.ogg")]
    >>> fill_ids(rows)
    >>> [row["ID"] for row in rows]
    ['ann--1', 'bob--1', '2']
    """
    bare = [row for row in rows if "ID" not in row]
    stems = Counter(Path(row["wav"]).stem for row in bare)
    shared = ""
    if len(stems) < len(bare):
        shared = os.path.commonpath([Path(r["wav"]).parent for r in bare])
    places = [
        [Path(row["wav"]).name]
        if stems[Path(row["wav"]).stem] == 1
        else Path(row["wav"]).relative_to(shared).parts
        for row in bare
    ]
    for row, name in zip(bare, names_of(places)):
        row["ID"] = name


def names_of(places):
    """Makes an ID of each path, without suffixes where that tells them apart.

    Arguments
    ---------
    places : list of sequence of str
        The parts of each path.

    Returns
    -------
    list of str

    Example
    -------
    >>> names_of([["a", "1.wav"], ["a", "2.wav"], ["a", "2.flac"]])
    ['a--1', 'a--2.wav', 'a--2.flac']
    """
    # Two files of a folder may have names that differ in bytes alone
    full = [printable("--".join(parts)) for parts in places]
    short = [os.path.splitext(name)[0] for name in full]
    counts, whole = Counter(short), Counter(full)
    return [
        safe_id(f if counts[s] > 1 and whole[f] == 1 else s)
        for s, f in zip(short, full)
    ]


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
    return FORBIDDEN.sub("_", name)


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
    if name == "." or FORBIDDEN.search(name):
        what = "speaker" if what == "spk_id" else what
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
    names = [row["ID"] for row in rows]
    different = set(names)
    # A million names are looked at in blocks; blanks keep them apart
    if (
        len(different) == len(names)
        and "." not in different
        and not any(
            _may_be_forbidden(" ".join(names[i : i + 1000]))
            for i in range(0, len(names), 1000)
        )
    ):
        return
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


def _may_be_forbidden(text):
    """Tells sooner than `FORBIDDEN` whether a text needs a closer look."""
    suspicious = ("..", "/", "\\")
    return not text.isprintable() or any(part in text for part in suspicious)
