"""Durations as people say them."""

UNITS = ((86400, "d"), (3600, "h"), (60, "min"), (1, "s"))


def duration(seconds):
    """Write a duration with its two largest units.

    Arguments
    ---------
    seconds : float
        At least 0; fractions of a second are rounded up.

    Returns
    -------
    str

    Example
    -------
    >>> duration(42.4), duration(125), duration(7200), duration(93784)
    ('43 s', '2 min 5 s', '2 h', '1 d 2 h')
    """
    rest, parts = -int(-seconds // 1), []
    for size, unit in UNITS:
        count, rest = divmod(rest, size)
        if count or parts:
            parts.append(f"{count} {unit}" if count else "")
        if len(parts) == 2:
            break
    return " ".join(filter(None, parts)) or "0 s"
