"""Gives steps over all rows what they need of them, be they columns or a list of dicts."""

from collections.abc import Sequence

import numpy as np

from sb_contrastive.data.columns.rows import Rows


def values(rows, name, default=None):
    """Yield the value of each row in a column.

    Arguments
    ---------
    rows : Rows or list of dict
        Manifest rows.
    name : str
        The column.
    default : Any
        Of rows that have none.

    Returns
    -------
    iterator

    Example
    -------
    >>> list(values([{"label": "sad"}, {}], "label", "?"))
    ['sad', '?']
    """
    if isinstance(rows, Rows):
        return rows.values(name, default)
    return (row.get(name, default) for row in rows)


def numbers(rows, name):
    """Return a column of numbers, such as `start`.

    Arguments
    ---------
    rows : Rows or list of dict
        Manifest rows.
    name : str
        The column; a row that lacks it counts as 0.

    Returns
    -------
    numpy.ndarray
        [N]
    """
    if isinstance(rows, Rows) and name in rows.columns:
        column = rows.columns[name]
        return column if rows.numbers is None else column[rows.numbers]
    return np.array(list(values(rows, name, 0)))


def part(rows, chosen):
    """Return some of the rows.

    Arguments
    ---------
    rows : Rows or list of dict
        Manifest rows.
    chosen : numpy.ndarray
        Their numbers, or a bool for each row.

    Returns
    -------
    Rows or list of dict
        As `rows` are.

    Example
    -------
    >>> part([{"ID": "a"}, {"ID": "b"}], np.array([False, True]))
    [{'ID': 'b'}]
    """
    if isinstance(rows, Rows):
        return rows.part(chosen)
    if chosen.dtype == bool:
        chosen = np.flatnonzero(chosen)
    return [rows[number] for number in chosen.tolist()]


def only(rows, names):
    """Return rows without most of their columns, if they are columns.

    Arguments
    ---------
    rows : Rows or list of dict
        Manifest rows.
    names : collection of str
        The columns that are needed.

    Returns
    -------
    Rows or list of dict
        As `rows` are.
    """
    return rows.only(names) if isinstance(rows, Rows) else rows


def having(rows, **columns):
    """Return rows with new values, the given ones unchanged.

    Arguments
    ---------
    rows : Rows or list of dict
        Manifest rows.
    **columns
        Columns, see `Rows`.

    Returns
    -------
    Rows or list of dict
        As `rows` are; a dict that has these values is not copied.

    Example
    -------
    >>> having([{"start": 1, "ID": "a"}], start=np.array([5]))
    [{'start': 5, 'ID': 'a'}]
    """
    if isinstance(rows, Rows):
        return rows.having(**columns)
    return [
        row if own.items() <= row.items() else {**row, **own}
        for row, own in zip(rows, Rows(columns))
    ]


class Column(Sequence):
    """A column as a sequence, of which no more than is looked at is in memory.

    Arguments
    ---------
    rows : Rows or list of dict
        Manifest rows.
    name : str
        The column; all rows have it.

    Example
    -------
    >>> Column([{"wav": "a.wav"}, {"wav": "b.wav"}], "wav")[-1]
    'b.wav'
    """

    def __init__(self, rows, name):
        self.rows, self.name = rows, name

    def __len__(self):
        return len(self.rows)

    def __iter__(self):
        return iter(values(self.rows, self.name))

    def __getitem__(self, place):
        if isinstance(place, slice):
            return list(values(self.rows[place], self.name))
        if isinstance(self.rows, Rows):
            place = range(len(self))[place]
            return self.rows.cells(self.name, place, place + 1)[0]
        return self.rows[place][self.name]
