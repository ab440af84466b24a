"""Finds which rows have the same text in a column."""

from typing import Any, NamedTuple

import numpy as np

from sb_contrastive.data.columns.access import values
from sb_contrastive.data.columns.places import Places
from sb_contrastive.data.columns.rows import Rows
from sb_contrastive.data.columns.texts import BLOCK, RepeatedTexts


class Groups(NamedTuple):
    """Groups of rows in the order in which they appear."""

    codes: Any  # the group of each row [N], -1 of an empty cell
    firsts: Any  # the first row of each group [G]


def groups(rows, name):
    """Group rows by a column.

    Arguments
    ---------
    rows : Rows or list of dict
        Manifest rows.
    name : str
        The column.

    Returns
    -------
    Groups

    Example
    -------
    >>> found = groups([{"wav": w} for w in ("b", "a", "", "b")], "wav")
    >>> found.codes.tolist(), found.firsts.tolist()
    ([0, 1, -1, 0], [0, 1])
    """
    column = rows.columns.get(name) if isinstance(rows, Rows) else None
    if column is None or isinstance(column, (np.ndarray, Places)):
        return _by_dict(values(rows, name), len(rows))
    repeated = isinstance(column, RepeatedTexts)
    keys = column.codes if repeated else column.keys()
    filled = column.filled()
    if rows.numbers is not None:
        keys, filled = keys[rows.numbers], filled[rows.numbers]
    _, firsts, codes = np.unique(
        keys[filled], return_index=True, return_inverse=True
    )
    order = np.argsort(firsts)
    rank = np.empty(len(order), np.int32)
    rank[order] = np.arange(len(order), dtype=np.int32)
    every = np.full(len(rows), -1, np.int32)
    every[filled] = rank[codes]
    found = Groups(every, np.flatnonzero(filled)[firsts[order]])
    # Two texts may have one key by chance, once in a million manifests
    if not (repeated or _right(rows, column, found)):
        return _by_dict(values(rows, name), len(rows))
    return found


def _by_dict(texts, count):
    known, codes, firsts = {}, np.full(count, -1, np.int32), []
    for number, text in enumerate(texts):
        if text is None or text == "":
            continue
        code = codes[number] = known.setdefault(text, len(known))
        if code == len(firsts):
            firsts.append(number)
    return Groups(codes, np.array(firsts, np.int64))


def _right(rows, column, found):
    """Tell whether all rows of a group have the text of its first row."""
    later = np.flatnonzero(found.codes >= 0)
    first = found.firsts[found.codes[later]]
    later, first = later[later != first], first[later != first]
    if rows.numbers is not None:
        later, first = rows.numbers[later], rows.numbers[first]
    return all(
        column.take(later[n : n + BLOCK]) == column.take(first[n : n + BLOCK])
        for n in range(0, len(later), BLOCK)
    )
