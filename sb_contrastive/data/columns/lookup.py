"""Finds rows by their IDs, in less memory than a dict."""

import numpy as np

from sb_contrastive.data.columns.access import Column


class Lookup:
    """Finds rows by their IDs.

    It holds two whole numbers for each row. They are found when first asked
    for, and found anew in a process that was not forked: there the same texts
    have other keys.

    Arguments
    ---------
    rows : Rows or list of dict
        Manifest rows.

    Example
    -------
    >>> find = Lookup([{"ID": "b"}, {"ID": "a"}])
    >>> find("a"), find("c")
    (1, None)
    """

    def __init__(self, rows):
        self.names = Column(rows, "ID")
        self.known = None

    def prepare(self):
        """Sort the IDs, before worker processes do so each for itself."""
        if self.known is None:
            keys = keys_of(self.names)
            order = np.argsort(keys, kind="stable")
            self.known = keys[order], order

    def __call__(self, name):
        """Return the number of the row with an ID, None where there is none."""
        self.prepare()
        keys, order = self.known
        key = _key_of(name)
        place = int(np.searchsorted(keys, key))
        while place < len(keys) and keys[place] == key:
            if self.names[order[place]] == name:
                return int(order[place])
            place += 1
        return None

    def __getstate__(self):
        return {**self.__dict__, "known": None}


def keys_of(names):
    """Return whole numbers [N] for the names of a `Column`, see `Texts.keys`."""
    return np.fromiter(
        map(_key_of, names),
        np.int64,
        len(names),
    )


def _key_of(name):
    return hash(name.encode("utf-8", "surrogatepass"))
