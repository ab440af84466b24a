"""Bars of what is counted beside training: files that are read, written, embedded."""

import sys

from tqdm import tqdm

from sb_contrastive.progress.shown import current


def bar_options(what, unit="file", show=True):
    """Return options of tqdm for a bar that says what it counts, and is gone when
    all is done.

    Arguments
    ---------
    what : str
        E.g. "embedding".
    unit : str
        What is counted.
    show : bool
        Whether it is wanted at all.

    Returns
    -------
    dict
        A bar is drawn on a terminal only, and by the main process.
    """
    # Late, since it needs torch, which --help can do without
    from sb_contrastive.distributed import rank

    shown = current()
    stream = shown.terminal if shown.running else sys.stderr
    visible = show and rank() == 0 and stream and stream.isatty()
    return {
        "desc": ", ".join([*shown.names, what]),
        "unit": unit,
        "file": stream or sys.stderr,
        "leave": False,
        "dynamic_ncols": True,
        "disable": not visible,
    }


def bar(items=None, what="", unit="file", show=True, total=None):
    """Make a bar, see `bar_options`.

    Arguments
    ---------
    items : iterable, optional
        What to go through; without, `update` is called by hand.
    what, unit, show
        See `bar_options`.
    total : int, optional
        How many there are.

    Returns
    -------
    tqdm.tqdm

    Example
    -------
    >>> [item for item in bar("ab", "reading")]
    ['a', 'b']
    """
    return tqdm(items, total=total, **bar_options(what, unit, show))
