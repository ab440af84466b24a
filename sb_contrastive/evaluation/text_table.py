"""Alignment of the columns of plain-text tables."""


def aligned(lines):
    """Yields the lines of a table with their columns padded.

    Arguments
    ---------
    lines : list of (list of str or None)
        The cells of each line; None is a horizontal rule.

    Yields
    ------
    str
        A line; its first column is aligned to the left, others to the right.

    Example
    -------
    >>> print("\\n".join(aligned([["EER", "%"], None, ["a", "10.5"]])))
    EER     %
    ---------
    a    10.5
    """
    cells = [line for line in lines if line]
    widths = [max(map(len, column)) for column in zip(*cells)]
    rule = "-" * (sum(widths) + 2 * (len(widths) - 1))
    for line in lines:
        if line is None:
            yield rule
            continue
        first = line[0].ljust(widths[0])
        rest = [c.rjust(w) for c, w in zip(line[1:], widths[1:])]
        yield "  ".join([first, *rest]).rstrip()
