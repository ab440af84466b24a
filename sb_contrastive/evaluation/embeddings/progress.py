"""Shows a progress bar, or moves on the one that a caller shows."""

import contextlib

from tqdm import tqdm

from sb_contrastive.progress import bar


def shown_progress(progressbar, total):
    """Open a progress bar for some utterances.

    Arguments
    ---------
    progressbar : bool or tqdm.tqdm
        Whether to show one; an open one is used instead, and stays open.
    total : int
        Utterances.

    Returns
    -------
    context manager
        Of the bar.

    Example
    -------
    >>> with tqdm(total=5, disable=True) as outer:
    ...     with shown_progress(outer, 2) as inner:
    ...         inner is outer
    True
    """
    if isinstance(progressbar, tqdm):
        return contextlib.nullcontext(progressbar)
    return bar(
        what="embedding", unit="utterance", total=total, show=progressbar
    )
