"""Writes tables in Markdown."""


def markdown_table(heads, rows):
    """Write a table.

    Arguments
    ---------
    heads : list of str
        Headings of the columns.
    rows : iterable of list
        Cells of each row, as many as there are headings; what is no text is
        written as `str` does.

    Returns
    -------
    list of str
        Its lines.

    Raises
    ------
    ValueError
        When a row has more or fewer cells.

    Example
    -------
    >>> print("\\n".join(markdown_table(["run", "EER %"], [["a", 4.5], ["b", ""]])))
    | run | EER % |
    |---|---|
    | a | 4.5 |
    | b | |
    """
    lines = [_line(heads), "|---" * len(heads) + "|"]
    for cells in rows:
        if len(cells) != len(heads):
            raise ValueError(
                f"a row of {len(cells)} cells does not fit the {len(heads)} "
                f"columns {', '.join(heads)}"
            )
        lines.append(_line(cells))
    return lines


def _line(cells):
    texts = (str(cell) for cell in cells)
    return "|" + "|".join(f" {text} " if text else " " for text in texts) + "|"
