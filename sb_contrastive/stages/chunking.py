"""Where an experiment says that recordings are cut into chunks."""


def cut(hparams, name, rows):
    """Rows of recordings as rows of chunks, if the experiment says how.

    Arguments
    ---------
    hparams : dict
        The experiment's values; `name` is one of them, such as `chunk_rows`,
        or absent.
    name : str
        "training_chunks" or "test_chunks".
    rows : list of dict
        Manifest rows.

    Returns
    -------
    list of dict

    Example
    -------
    >>> cut({}, "test_chunks", [{"ID": "S001"}])
    [{'ID': 'S001'}]
    """
    chunks = hparams.get(name)
    return rows if chunks is None else chunks(rows)
