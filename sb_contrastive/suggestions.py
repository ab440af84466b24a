"""Refuses unknown names, and suggests the nearest known one."""

import difflib


def did_you_mean(name, known):
    """Return the end of an error message that suggests the nearest known name,
    whether in upper or in lower case.

    Arguments
    ---------
    name : str
        The unknown name.
    known : iterable of str
        The known names.

    Returns
    -------
    str
        "; did you mean 'x'?", or "" where no name is near.

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


def check_choice(option, value, known):
    """Refuse a value that is none of the known ones.

    Arguments
    ---------
    option : str
        The name of the option, for the message.
    value : str
        The value that was given.
    known : iterable of str
        The values that there are.

    Raises
    ------
    ValueError
        When the value is none of them.

    Example
    -------
    >>> check_choice("labels", "sofd", ["hard", "soft"])
    Traceback (most recent call last):
    ValueError: labels is one of hard, soft, got 'sofd'; did you mean 'soft'?
    """
    if value not in known:
        raise ValueError(
            f"{option} is one of {', '.join(known)}, got {value!r}"
            f"{did_you_mean(value, known)}"
        )
