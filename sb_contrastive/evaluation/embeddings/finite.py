"""Refuses results of a network that are not finite, and names the audio."""

import numpy as np


def check_finite(values, rows, what):
    """Compare each result with its utterance: NaN would be class 0, or the nearest
    neighbour of nothing.

    Arguments
    ---------
    values : array or torch.Tensor
        Results [N, ...] on the CPU.
    rows : list of dict
        The manifest rows of the N utterances.
    what : str
        What each result is, for the message.

    Returns
    -------
    array or torch.Tensor
        The values.

    Raises
    ------
    ValueError
        When one holds NaN or infinity.

    Example
    -------
    >>> rows = [{"wav": "a.wav"}, {"wav": "b.wav"}]
    >>> check_finite([[0.5, 1.0], [0.5, np.nan]], rows, "embedding")
    Traceback (most recent call last):
    ...
    ValueError: the embedding of b.wav is not finite: leave the file out if ...
    """
    finite = np.isfinite(np.asarray(values)).reshape(len(rows), -1)
    bad = np.flatnonzero(~finite.all(axis=1))
    if not len(bad):
        return values
    wav = rows[bad[0]]["wav"]
    others = f" (the first of {len(bad)} files)" if len(bad) > 1 else ""
    if len(bad) == len(rows) > 1:
        raise ValueError(
            f"the {what} of every file is not finite, {wav}{others}: the "
            f"training of the network has diverged; train it again with a lower "
            f"learning rate"
        )
    raise ValueError(
        f"the {what} of {wav} is not finite{others}: leave the file out if it is "
        f"far louder than the others; else the training of the network has "
        f"diverged, and needs a lower learning rate"
    )
