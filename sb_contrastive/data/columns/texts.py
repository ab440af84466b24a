"""Columns of text in one piece of memory: a million strings would be a million objects."""

import numpy as np

BLOCK = 500  # rows that are made at once where all are asked for


class Texts:
    """A column of different texts: their UTF-8, end to end.

    Worker processes read it without changing anything in memory. Of a list of
    strings each look counts a reference, so that every worker would come to
    copy all of them.

    Arguments
    ---------
    data : bytes
        All texts, one after the other.
    bounds : numpy.ndarray
        Where each begins, and the end of the last [N + 1].

    Example
    -------
    >>> names = Texts.of(["ann", "", "bob"])
    >>> names.take(np.array([2, 0])), names.filled().tolist()
    (['bob', 'ann'], [True, False, True])
    """

    def __init__(self, data, bounds):
        self.data, self.bounds = data, bounds

    @classmethod
    def of(cls, texts):
        """Make a column of a list of strings."""
        builder = TextBuilder(repeated=False)
        builder.add(texts)
        return builder.column()

    def __len__(self):
        return len(self.bounds) - 1

    def take(self, numbers):
        """List some of the texts.

        Arguments
        ---------
        numbers : numpy.ndarray or slice
            Which.

        Returns
        -------
        list of str
        """
        if isinstance(numbers, slice):
            numbers = np.arange(*numbers.indices(len(self)))
        starts = self.bounds[numbers].tolist()
        stops = self.bounds[1:][numbers].tolist()
        data = self.data
        return [
            data[a:b].decode("utf-8", "surrogatepass")
            for a, b in zip(starts, stops)
        ]

    def at(self, number):
        """Return one text."""
        part = self.data[self.bounds[number] : self.bounds[number + 1]]
        return part.decode("utf-8", "surrogatepass")

    def part(self, numbers):
        """Return a column of some of the texts, see `take`."""
        starts, stops = self.bounds[numbers], self.bounds[1:][numbers]
        pieces = []
        for first in range(0, len(starts), BLOCK):
            block = slice(first, first + BLOCK)
            spans = zip(starts[block].tolist(), stops[block].tolist())
            pieces.append(b"".join([self.data[a:b] for a, b in spans]))
        bounds = np.zeros(len(starts) + 1, self.bounds.dtype)
        np.cumsum(stops - starts, out=bounds[1:])
        return Texts(b"".join(pieces), bounds)

    def filled(self):
        """Tell which texts are not empty [N]."""
        return self.bounds[1:] > self.bounds[:-1]

    def keys(self):
        """Return whole numbers [N] that are the same for the same texts, and
        hardly ever for others; they hold for this process alone."""
        data, found = self.data, np.empty(len(self), np.int64)
        for first in range(0, len(self), BLOCK):
            bounds = self.bounds[first : first + BLOCK + 1].tolist()
            found[first : first + BLOCK] = [
                hash(data[a:b]) for a, b in zip(bounds, bounds[1:])
            ]
        return found


class RepeatedTexts:
    """A column of few texts that come again and again, such as speakers.

    Arguments
    ---------
    values : Texts
        The different ones [K].
    codes : numpy.ndarray
        Which of them each is [N].

    Example
    -------
    >>> speakers = RepeatedTexts(Texts.of(["ann", "bob"]), np.array([0, 1, 0]))
    >>> speakers.take(slice(1, 3))
    ['bob', 'ann']
    """

    def __init__(self, values, codes):
        self.values, self.codes = values, codes

    def __len__(self):
        return len(self.codes)

    def take(self, numbers):
        """List some of the texts, see `Texts.take`."""
        different, which = np.unique(self.codes[numbers], return_inverse=True)
        texts = self.values.take(different)
        return [texts[code] for code in which.tolist()]

    def at(self, number):
        """Return one text."""
        return self.values.at(self.codes[number])

    def part(self, numbers):
        """Return a column of some of the texts, see `Texts.take`."""
        return RepeatedTexts(self.values, self.codes[numbers])

    def filled(self):
        """Tell which texts are not empty [N]."""
        return self.values.filled()[self.codes]

    def keys(self):
        """Return whole numbers [N], see `Texts.keys`."""
        return self.values.keys()[self.codes]


class TextBuilder:
    """Makes a column of texts that come in blocks.

    Arguments
    ---------
    repeated : bool
        Whether the texts may be few that come again and again: they are then
        kept once each, as long as no more than half of them differ.

    Example
    -------
    >>> builder = TextBuilder()
    >>> builder.add(["ann"] * 3)
    >>> builder.add(["bob"])
    >>> builder.column().codes.tolist()
    [0, 0, 0, 1]
    """

    def __init__(self, repeated=True):
        self.count = 0
        self.known = {} if repeated else None
        self.codes, self.pieces, self.lengths = [], [], []

    def add(self, texts):
        """Add a block, a list of str."""
        self.count += len(texts)
        if self.known is None:
            self._add(texts)
            return
        known = self.known
        for text in dict.fromkeys(texts):
            known.setdefault(text, len(known))
        codes = map(known.__getitem__, texts)
        self.codes.append(np.fromiter(codes, np.int32, len(texts)))
        if len(known) > max(self.count / 2, 1000):
            values, self.known = list(known), None
            for codes in self.codes:
                self._add([values[code] for code in codes.tolist()])
            self.codes = []

    def _add(self, texts):
        joined = "".join(texts)
        if joined.isascii():
            self.pieces.append(joined.encode())
            lengths = np.fromiter(map(len, texts), np.uint32, len(texts))
        else:
            parts = [text.encode("utf-8", "surrogatepass") for text in texts]
            self.pieces.append(b"".join(parts))
            lengths = np.fromiter(map(len, parts), np.uint32, len(parts))
        self.lengths.append(lengths)

    def column(self):
        """Return what was added, a `Texts` or `RepeatedTexts`, and keep nothing."""
        if self.known is not None:
            codes = np.concatenate([np.empty(0, np.int32), *self.codes])
            self.codes = []
            return RepeatedTexts(Texts.of(list(self.known)), codes)
        data, self.pieces = b"".join(self.pieces), []
        small = len(data) < 2**32
        bounds = np.zeros(self.count + 1, np.uint32 if small else np.int64)
        if self.count:
            np.cumsum(np.concatenate(self.lengths), out=bounds[1:])
        return Texts(data, bounds)
