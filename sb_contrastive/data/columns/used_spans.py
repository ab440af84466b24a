"""The parts of audio files that a manifest uses, file by file."""

import numpy as np

MANY = 1000  # utterances of a file, of which some may be the same part


class UsedSpans:
    """Finds the rows of each file, and their spans.

    Arguments
    ---------
    file : numpy.ndarray
        The number of the file of each row [N].
    start, stop : numpy.ndarray
        Its span [N].
    without : list of int
        Rows that do not count.

    Example
    -------
    >>> file, start = np.array([0, 1, 0]), np.array([0, 5, 2])
    >>> used = UsedSpans(file, start, start + 9, without=[0])
    >>> used.files.tolist(), used.rows(0), used.spans(0)
    ([1, 0], [2], [(2, 11)])
    """

    def __init__(self, file, start, stop, without=()):
        self.start, self.stop = start, stop
        counts = np.ones(len(file), bool)
        counts[list(without)] = False
        rows = np.flatnonzero(counts)
        different, first = np.unique(file[rows], return_index=True)
        self.files = different[np.argsort(first)]  # in the order of the rows
        self.order = rows[np.argsort(file[rows], kind="stable")]
        self.bounds = np.zeros(file.max(initial=-1) + 2, np.int64)
        np.add.at(self.bounds[1:], file[rows], 1)
        np.cumsum(self.bounds, out=self.bounds)

    def rows(self, number):
        """List the rows of a file."""
        return self._rows(number).tolist()

    def spans(self, number):
        """List the different (start, stop) of a file."""
        rows = self._rows(number)
        start, stop = self.start[rows], self.stop[rows]
        if len(rows) > MANY:
            start, stop = np.unique([start, stop], axis=1)
        return list(zip(start.tolist(), stop.tolist()))

    def _rows(self, number):
        return self.order[self.bounds[number] : self.bounds[number + 1]]
