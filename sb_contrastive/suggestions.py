"""Names the nearest of what there is, for messages about a misspelt name."""

import difflib


def did_you_mean(name, known):
    """The end of an error message: the nearest known name, in any case.

    Arguments
    ---------
    name : str
        What was asked for.
    known : iterable of str
        What there is.

    Returns
    -------
    str
        "; did you mean 'x'?", or "" where nothing is near.

    Example
    -------
    >>> did_you_mean("lable", ["wav", "label"])
    "; did you mean 'label'?"
    >>> did_you_mean("wa", ["WA", "UA"])
    "; did you mean 'WA'?"
    """
    spelling = {str(k).lower(): str(k) for k in known}
    close = difflib.get_close_matches(str(name).lower(), spelling, n=1)
    return f"; did you mean {spelling[close[0]]!r}?" if close else ""
