"""Reads one column of a manifest, which every row must have."""

from sb_contrastive.data.manifests.source import source_of


def column_values(rows, column):
    """Lists the values of a column.

    Arguments
    ---------
    rows : list of dict
        Manifest rows.
    column : str
        Name of the column.

    Returns
    -------
    list of str

    Raises
    ------
    ValueError
        When a row lacks the column.

    Example
    -------
    >>> column_values([{"ID": "a", "fold": 1}, {"ID": "b"}], "fold")
    Traceback (most recent call last):
    ...
    ValueError: b has no 'fold'
    """
    for row in rows:
        if column not in row:
            raise ValueError(f"{source_of(row)} has no {column!r}")
    return [str(row[column]) for row in rows]
