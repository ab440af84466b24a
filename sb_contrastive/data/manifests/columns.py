"""Reads one column of a manifest, which every row must have."""

from sb_contrastive.data.manifests.source import source_of


def column_title(column):
    """Names a column as the user may have written it.

    Arguments
    ---------
    column : str
        As it is called here.

    Returns
    -------
    str

    Example
    -------
    >>> column_title("label"), column_title("spk_id")
    ("'label'", "'spk_id' (or 'speaker')")
    """
    return f"{column!r}" + " (or 'speaker')" * (column == "spk_id")


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
            raise ValueError(f"{source_of(row)} has no {column_title(column)}")
    return [str(row[column]) for row in rows]
