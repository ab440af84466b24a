"""The column that tells where a row was listed: of a CSV, its lines."""

import numpy as np


class Places:
    """Places in CSVs, such as "train.csv:17": files, and the lines in them.

    Arguments
    ---------
    files : list of str
        The CSVs.
    which : numpy.ndarray
        The file of each row [N].
    lines : numpy.ndarray
        Its line there [N].

    Example
    -------
    >>> Places(["a.csv"], np.zeros(2, np.uint8), np.array([2, 3])).at(1)
    'a.csv:3'
    """

    def __init__(self, files, which, lines):
        self.files, self.which, self.lines = files, which, lines

    def __len__(self):
        return len(self.lines)

    def take(self, numbers):
        """List some of the places, see `Texts.take`."""
        which, lines = self.which[numbers], self.lines[numbers]
        return [
            f"{self.files[w]}:{line}"
            for w, line in zip(which.tolist(), lines.tolist())
        ]

    def part(self, numbers):
        """Return a column of some of the places."""
        return Places(self.files, self.which[numbers], self.lines[numbers])

    def at(self, number):
        """Return one place."""
        return f"{self.files[self.which[number]]}:{self.lines[number]}"

    def filled(self):
        """Tell that all are known [N]."""
        return np.ones(len(self), bool)

    @classmethod
    def joined(cls, columns):
        """Put several such columns one after the other."""
        files = [file for column in columns for file in column.files]
        firsts = np.cumsum([0, *(len(column.files) for column in columns)])
        which = [c.which + first for c, first in zip(columns, firsts)]
        return cls(
            files,
            np.concatenate(which).astype(np.min_scalar_type(len(files))),
            np.concatenate([column.lines for column in columns]),
        )
