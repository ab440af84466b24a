"""Paths that are given as one text, joined by commas, which a path may hold too."""

from pathlib import Path


def split_paths(given):
    """Tell joined paths apart: what exists as it stands is one path.

    Arguments
    ---------
    given : str or list of str
        Paths; a text joins them by commas.

    Returns
    -------
    list of str

    Raises
    ------
    FileNotFoundError
        When a text with commas in it names something that is not there.

    Example
    -------
    >>> folder = getfixture("tmp_path")
    >>> for name in ("a,b", "c"):
    ...     (folder / name).mkdir()
    >>> [Path(p).name for p in split_paths(f"{folder}/a,b, {folder}/c")]
    ['a,b', 'c']
    """
    if isinstance(given, (list, tuple)):
        return [str(path) for path in given]
    pieces, found = str(given).split(","), []
    while pieces:
        # The longest that exists: a folder "a" may lie beside "a,b"
        for count in range(len(pieces), 0, -1):
            path = ",".join(pieces[:count]).strip()
            if Path(path).expanduser().exists():
                break
        else:
            path = pieces[0].strip()
            if len(pieces) > 1 or found:
                raise FileNotFoundError(
                    f"there is no {path}: commas separate several paths, in "
                    f"{str(given)!r}"
                )
        found.append(path)
        pieces = pieces[count:]
    return found
