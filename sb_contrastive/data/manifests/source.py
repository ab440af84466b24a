"""Remembers the place where a row was listed, so that a message can name it."""

# No column has this name: blanks around the names of columns are cut
SOURCE = " source"


def source_of(row):
    """Says where a row was listed, as far as that is known.

    Arguments
    ---------
    row : dict
        Manifest row.

    Returns
    -------
    str or None
        "file.csv:17", or the ID of a row that no file listed.

    Example
    -------
    >>> source_of({"ID": "a", SOURCE: "mine.csv:2"}), source_of({"ID": "b"})
    ('mine.csv:2', 'b')
    """
    return row.get(SOURCE, row.get("ID"))
