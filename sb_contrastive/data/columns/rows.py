"""The rows of a manifest, kept as columns, so that a million take little memory."""

import itertools
from collections.abc import Sequence

import numpy as np

from sb_contrastive.data.columns.row import Row
from sb_contrastive.data.columns.texts import BLOCK, TextBuilder


class Rows(Sequence):
    """A list of rows that keeps columns and makes a row when it is asked for.

    `rows[3]` and `for row in rows` give dicts as a list of dicts would, without
    the keys of empty cells; these dicts cannot be changed, see `Row`. A part of
    the rows (`rows[:9]`, `part`) shares their columns.

    Arguments
    ---------
    columns : dict
        Columns by name, all of N rows: numbers as a `numpy.ndarray` (of whole
        ones, without any that is missing), or texts as `Texts`, `RepeatedTexts`
        or `Places`, where an empty text is an empty cell.
    numbers : numpy.ndarray, optional
        Which of their rows these are; all when absent.

    Example
    -------
    >>> from sb_contrastive.data.columns.texts import Texts
    >>> columns = {"ID": Texts.of(["a", "b"]), "stop": np.array([9, 7])}
    >>> rows = Rows(columns | {"label": Texts.of(["", "sad"])})
    >>> rows[0], len(rows)
    ({'ID': 'a', 'stop': 9}, 2)
    >>> [row["label"] for row in rows.part(np.array([1]))]
    ['sad']
    """

    def __init__(self, columns, numbers=None):
        self.columns, self.numbers = columns, numbers

    def __len__(self):
        if self.numbers is not None:
            return len(self.numbers)
        return len(_any(self.columns))

    def __getitem__(self, place):
        if isinstance(place, slice):
            return self.part(np.arange(*place.indices(len(self))))
        length = len(self)
        if not -length <= place < length:
            raise IndexError(f"there are {length} rows, and none at {place}")
        if self.numbers is None:
            number = place % length
        else:
            number = self.numbers[place]
        row = Row()
        for name, column in self.columns.items():
            value = _at(column, number)
            if value != "":
                dict.__setitem__(row, name, value)
        return row

    def __iter__(self):
        names = list(self.columns)
        for first in range(0, len(self), BLOCK):
            cells = [self.cells(name, first, first + BLOCK) for name in names]
            full = all("" not in c for c in cells if isinstance(c[0], str))
            for values in zip(*cells):
                if full:
                    yield Row(zip(names, values))
                else:
                    pairs = zip(names, values)
                    yield Row((k, v) for k, v in pairs if v != "")

    def __eq__(self, other):
        if not isinstance(other, (Rows, list)):
            return NotImplemented
        return len(self) == len(other) and all(map(dict.__eq__, self, other))

    __hash__ = None

    def __add__(self, other):
        """Return a list of the rows of both."""
        return [*self, *other]

    def __radd__(self, other):
        return [*other, *self]

    def __repr__(self):
        return f"<{len(self)} rows with {', '.join(self.columns)}>"

    def cells(self, name, first, last):
        """List the cells of a column from row `first` to before `last`; "" is an
        empty one."""
        part = slice(first, last)
        if name not in self.columns:
            return [""] * len(range(len(self))[part])
        if self.numbers is not None:
            part = self.numbers[part]
        column = self.columns[name]
        if isinstance(column, np.ndarray):
            return column[part].tolist()
        return column.take(part)

    def values(self, name, default=None):
        """Yield the value of each row in a column.

        Arguments
        ---------
        name : str
            Its name.
        default : Any
            Stands for an empty cell, and for a column that is not there.

        Yields
        ------
        str, int or float
        """
        if name not in self.columns:
            yield from itertools.repeat(default, len(self))
            return
        for first in range(0, len(self), BLOCK):
            for value in self.cells(name, first, first + BLOCK):
                yield default if value == "" else value

    def first_filled(self, name):
        """Return the first row that has something in a column; None where none
        has."""
        column = self.columns[name]
        if isinstance(column, np.ndarray):
            return 0 if len(self) else None
        filled = column.filled()
        if self.numbers is not None:
            filled = filled[self.numbers]
        first = int(filled.argmax()) if len(filled) else 0
        return first if len(filled) and filled[first] else None

    def part(self, numbers):
        """Return some of the rows.

        Arguments
        ---------
        numbers : numpy.ndarray
            Their numbers, or a bool for each row.

        Returns
        -------
        Rows
            They share the columns.
        """
        numbers = np.asarray(numbers)
        if numbers.dtype == bool:
            if numbers.all():
                return self
            numbers = np.flatnonzero(numbers)
        if self.numbers is not None:
            numbers = self.numbers[numbers]
        elif len(self) < 2**31:
            numbers = numbers.astype(np.int32)
        return Rows(self.columns, numbers)

    def whole(self):
        """Return these rows with columns of their own, without those of others."""
        if self.numbers is None:
            return self
        return Rows(
            {
                name: column[self.numbers]
                if isinstance(column, np.ndarray)
                else column.part(self.numbers)
                for name, column in self.columns.items()
            }
        )

    def having(self, **columns):
        """Return these rows with other columns in the place of theirs, or more.

        Arguments
        ---------
        **columns
            Columns of as many rows.

        Returns
        -------
        Rows
        """
        if self.numbers is None:
            return Rows(self.columns | columns)
        # Where numbers alone are new, texts stay where they are
        spread = {name: self._spread(c) for name, c in columns.items()}
        if any(column is None for column in spread.values()):
            return Rows(self.whole().columns | columns)
        return Rows(self.columns | spread, self.numbers)

    def _spread(self, column):
        """Put numbers of these rows among those of all rows that share the
        columns; None where the column is no such one, or a row is there twice."""
        if not isinstance(column, np.ndarray):
            return None
        every = np.zeros(len(_any(self.columns)), column.dtype)
        every[self.numbers] = column
        return every if (every[self.numbers] == column).all() else None

    def only(self, names):
        """Return these rows with some of their columns."""
        kept = {k: c for k, c in self.columns.items() if k in names}
        return Rows(kept, self.numbers)


def text_column(rows, name, default=""):
    """Make a column of the texts of rows.

    Arguments
    ---------
    rows : Rows
        The rows.
    name : str
        The column.
    default : str
        Stands for empty cells.

    Returns
    -------
    Texts or RepeatedTexts
    """
    builder, values = TextBuilder(), rows.values(name, default)
    while block := list(itertools.islice(values, BLOCK)):
        builder.add(block)
    return builder.column()


def _any(columns):
    return next(iter(columns.values()), ())


def _at(column, number):
    if isinstance(column, np.ndarray):
        value = column[number]
        return value.item() if isinstance(value, np.generic) else value
    return column.at(number)
