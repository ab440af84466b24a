"""Names utterances; the names must be fit for files."""

import os
import re
from collections import Counter
from itertools import islice
from pathlib import Path

import numpy as np

from sb_contrastive.data.audio.bad_audio import printable
from sb_contrastive.data.columns.access import values
from sb_contrastive.data.columns.rows import Rows
from sb_contrastive.data.columns.texts import Texts
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
    for row, name in zip(bare, _ids_of([row["wav"] for row in bare])):
        row["ID"] = name


def with_ids(rows):
    """Name rows as `fill_ids` does.

    Arguments
    ---------
    rows : Rows
        Manifest rows.

    Returns
    -------
    Rows
        All of them with an ID.
    """
    given = rows.columns.get("ID")
    filled = np.zeros(len(rows), bool) if given is None else given.filled()
    if filled.all():
        return rows
    made = iter(_ids_of(list(rows.part(~filled).values("wav"))))
    names = [name or next(made) for name in rows.values("ID")]
    return rows.having(ID=Texts.of(names))


def _ids_of(paths):
    """Name utterances after their files."""
    stems = Counter(Path(path).stem for path in paths)
    shared = ""
    if len(stems) < len(paths):
        shared = os.path.commonpath([Path(path).parent for path in paths])
    return names_of(
        [
            [Path(path).name]
            if stems[Path(path).stem] == 1
            else Path(path).relative_to(shared).parts
            for path in paths
        ]
    )


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
    if _differ(rows) and _all_fit(rows):
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


def share_an_id(parts):
    """Tells whether the last of several manifests has an ID of another one.

    Arguments
    ---------
    parts : list of Rows
        The manifests.

    Returns
    -------
    bool

    Example
    -------
    >>> first, second = (Rows({"ID": Texts.of(ids)}) for ids in (["a"], ["b"]))
    >>> share_an_id([first, second]), share_an_id([first, second, first])
    (False, True)
    """
    *before, last = parts
    keys = [np.unique(_keys(part)) for part in before]
    if not keys or not np.isin(_keys(last), np.concatenate(keys)).any():
        return False
    taken = {name for part in before for name in part.values("ID")}
    return any(name in taken for name in last.values("ID"))


def _keys(rows):
    keys = rows.columns["ID"].keys()
    return keys if rows.numbers is None else keys[rows.numbers]


def _differ(rows):
    """Tell whether it is seen at once that no ID comes twice."""
    if not isinstance(rows, Rows):
        return len({row["ID"] for row in rows}) == len(rows)
    keys = np.sort(_keys(rows))
    return not (keys[1:] == keys[:-1]).any()


def _all_fit(rows):
    """Tell whether all IDs are seen at once to be fit for names of files."""
    names = values(rows, "ID")
    while block := list(islice(names, 1000)):
        # Blanks keep them apart
        if "." in block or _may_be_forbidden(" ".join(block)):
            return False
    return True


def _may_be_forbidden(text):
    """Tells sooner than `FORBIDDEN` whether a text needs a closer look."""
    suspicious = ("..", "/", "\\")
    return not text.isprintable() or any(part in text for part in suspicious)
