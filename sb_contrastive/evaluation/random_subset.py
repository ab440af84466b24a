"""Random subset of a known size, such as of points to draw or utterances of a cohort."""

import numpy as np


def random_subset(N, most, seed):
    """Chooses at most `most` of N items, at random.

    Arguments
    ---------
    N : int
        Number of items.
    most : int
        How many are chosen at most.
    seed : int
        Seed of the choice.

    Returns
    -------
    numpy.ndarray
        Rising indices: all where there are no more than `most` items.

    Example
    -------
    >>> random_subset(3, most=5, seed=0).tolist()
    [0, 1, 2]
    >>> len(random_subset(100, most=5, seed=0))
    5
    """
    if N <= most:
        return np.arange(N)
    generator = np.random.default_rng(seed)
    return np.sort(generator.choice(N, most, replace=False))
