"""Bootstrap intervals of many scores at once: the units of a test set, such as speakers, are resampled as counts."""

import numpy as np


def resampled_intervals(
    measure, units, draws=1000, seed=0, level=0.95, draws_at_once=None
):
    """Computes percentile bootstrap intervals of what `measure` returns.

    A resample of the units, drawn with replacement, is the number of times
    that each of them is drawn. A measure that takes counts sees all resamples
    in one array operation, and no list of utterances or trials is copied.

    Arguments
    ---------
    measure : function
        Takes counts [R, units] and returns {name: values [R]}; a value is NaN
        where a resample has none.
    units : int
        How many units, such as speakers, there are.
    draws : int
        Number of resamples.
    seed : int
        Same seed, same resamples.
    level : float
        Coverage, between 0 and 1.
    draws_at_once : int, optional
        Resamples that `measure` sees at a time, to limit its memory; all of
        them by default.

    Returns
    -------
    dict of str to list
        {name: [low, high]}, without the resamples that have no value; None
        where no resample has one.

    Raises
    ------
    ValueError
        If there are no draws, or the level is not between 0 and 1.

    Example
    -------
    >>> values = np.array([1.0, 2.0, 3.0])
    >>> mean = lambda counts: {"mean": counts @ values / 3}
    >>> [round(x, 2) for x in resampled_intervals(mean, units=3)["mean"]]
    [1.0, 3.0]
    """
    if draws < 1 or not 0 < level < 1:
        raise ValueError(
            "draws must be at least 1 and level between 0 and 1, got "
            f"{draws} and {level}"
        )
    counts = draw_counts(units, draws, seed)
    step = draws_at_once or draws
    parts = [measure(counts[i : i + step]) for i in range(0, draws, step)]
    return {
        name: _interval(np.concatenate([part[name] for part in parts]), level)
        for name in parts[0]
    }


def draw_counts(units, draws, seed):
    """Draws as many units as there are, with replacement, `draws` times.

    Arguments
    ---------
    units : int
        How many units there are.
    draws : int
        Number of resamples.
    seed : int
        Same seed, same resamples.

    Returns
    -------
    numpy.ndarray
        int [draws, units], the number of times that each unit is drawn.

    Example
    -------
    >>> draw_counts(3, 2, seed=0).sum(axis=1)
    array([3, 3])
    """
    generator = np.random.default_rng(seed)
    return generator.multinomial(units, [1 / units] * units, size=draws)


def _interval(values, level):
    """Return the two quantiles between which `level` of the values lie."""
    values = values[~np.isnan(values)]
    if len(values) == 0:
        return None
    tails = [(1 - level) / 2, (1 + level) / 2]
    return np.quantile(values, tails).tolist()
