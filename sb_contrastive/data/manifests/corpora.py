"""Tells the parts of an audio collection that have no speaker in common."""

from sb_contrastive.data.manifests.columns import column_values

CORPUS = "corpus"  # the column that joined manifests have


def parts_by(rows, column):
    """Return the part of each utterance.

    Arguments
    ---------
    rows : list of dict
        Manifest rows.
    column : str or None
        Its values are the parts. `corpus` may be missing: what was not joined is
        one corpus.

    Returns
    -------
    list of str or None
        None where there is one part only.

    Raises
    ------
    ValueError
        When a row lacks another column than `corpus`.

    Example
    -------
    >>> rows = [{"ID": "a", "corpus": "one"}, {"ID": "b", "corpus": "two"}]
    >>> parts_by(rows, "corpus"), parts_by(rows[:1], "corpus")
    (['one', 'two'], None)
    >>> parts_by([{"ID": "a"}], "corpus") is parts_by(rows, None) is None
    True
    """
    if column is None:
        return None
    if column == CORPUS and not all(row.get(CORPUS) for row in rows):
        return None
    values = column_values(rows, column)
    return values if len(set(values)) > 1 else None
