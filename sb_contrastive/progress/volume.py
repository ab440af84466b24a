"""Sets how much a program says: --quiet, --verbose."""

VOLUMES = ("quiet", "verbose")


def volume_of(words):
    """Take --quiet and --verbose from a command line.

    Arguments
    ---------
    words : list of str
        Arguments of a program.

    Returns
    -------
    str
        "quiet", "normal" or "verbose".
    list of str
        The other words.

    Raises
    ------
    ValueError
        When both are given.

    Example
    -------
    >>> volume_of(["a.yaml", "--quiet", "--fold", "1"])
    ('quiet', ['a.yaml', '--fold', '1'])
    """
    given = [name for name in VOLUMES if f"--{name}" in words]
    if len(given) > 1:
        raise ValueError(
            "--quiet and --verbose contradict each other: leave one out"
        )
    rest = [
        w for w in words if w.removeprefix("--") not in given or w[:2] != "--"
    ]
    return (given or ["normal"])[0], rest
