"""Makes rows of other rows: of dicts, or of several manifests one after the other."""

import itertools

import numpy as np

from sb_contrastive.data.columns.places import Places
from sb_contrastive.data.columns.rows import Rows
from sb_contrastive.data.columns.texts import BLOCK, TextBuilder


def in_columns(rows):
    """Put a list of dicts into columns.

    Arguments
    ---------
    rows : list of dict
        Manifest rows. What is a number in all of them stays one, all else is
        text.

    Returns
    -------
    Rows

    Example
    -------
    >>> list(in_columns([{"ID": "a", "stop": 9}, {"ID": "b", "stop": 7, "fold": 1}]))
    [{'ID': 'a', 'stop': 9}, {'ID': 'b', 'stop': 7, 'fold': '1'}]
    """
    columns = {}
    for name in dict.fromkeys(itertools.chain(*rows)):
        cells = [row.get(name) for row in rows]
        if all(isinstance(cell, (int, float)) for cell in cells):
            columns[name] = np.array(cells)
        else:
            texts = TextBuilder(name != "ID")
            texts.add(["" if cell is None else str(cell) for cell in cells])
            columns[name] = texts.column()
    return Rows(columns)


def joined(parts):
    """Join rows; a column that a part lacks is empty there.

    Arguments
    ---------
    parts : list of Rows
        One or more; columns of numbers are in all of them.

    Returns
    -------
    Rows

    Example
    -------
    >>> from sb_contrastive.data.columns.texts import Texts
    >>> first = Rows({"ID": Texts.of(["a"])})
    >>> second = Rows({"ID": Texts.of(["b"]), "label": Texts.of(["sad"])})
    >>> list(joined([first, second]))
    [{'ID': 'a'}, {'ID': 'b', 'label': 'sad'}]
    """
    if len(parts) == 1:
        return parts[0]
    parts = [part.whole() for part in parts]
    names = dict.fromkeys(itertools.chain(*(p.columns for p in parts)))
    return Rows({name: _joined(parts, name) for name in names})


def _joined(parts, name):
    columns = [part.columns.get(name) for part in parts]
    for kind, join in ((np.ndarray, np.concatenate), (Places, Places.joined)):
        if all(isinstance(column, kind) for column in columns):
            return join(columns)
    builder = TextBuilder()
    for part in parts:
        values = part.values(name, "")
        while block := list(itertools.islice(values, BLOCK)):
            builder.add(block)
    return builder.column()
