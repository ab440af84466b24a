"""Refuses manifests that say two things of one subject or of one piece of audio."""

from sb_contrastive.data.manifests.source import source_of


def refuse_contradictions(rows, column, of=None):
    """Refuses rows that agree in what they are about, and not in a column.

    Arguments
    ---------
    rows : list of dict
        Manifest rows.
    column : str
        What has to be the same, e.g. "label"; rows without it say nothing.
    of : str, optional
        The column that tells what a row is about, e.g. "subject"; by default
        the audio, that is file, start and stop.

    Raises
    ------
    ValueError
        At the first contradiction; the message names both rows.

    Example
    -------
    >>> rows = [
    ...     {"ID": "1", "subject": "S001", "label": "ill"},
    ...     {"ID": "2", "subject": "S001", "label": "well"},
    ... ]
    >>> refuse_contradictions(rows, "label", of="subject")
    Traceback (most recent call last):
    ...
    ValueError: the subject 'S001' has the label 'ill' at 1 and 'well' at 2; mend ...
    """
    first = {}
    for row in rows:
        if column not in row:
            continue
        key = row[of] if of else (row["wav"], row["start"], row["stop"])
        other = first.setdefault(key, row)
        if other[column] != row[column]:
            about = f"the {of} {key!r}" if of else f"the audio {key[0]}"
            raise ValueError(
                f"{about} has the {column} {other[column]!r} at"
                f" {source_of(other)} and {row[column]!r} at {source_of(row)};"
                f" mend the {column}, or remove one of the rows"
            )
