"""How many epochs a run lasts, and which of them end with a validation."""


def epochs_for(epochs, least_steps, batches):
    """Epochs asked for, or more where they would be too few steps.

    Arguments
    ---------
    epochs : int
        Passes over the data asked for.
    least_steps : int
        Batches that a run shall have in all.
    batches : int
        Batches in an epoch, at least 1.

    Returns
    -------
    int

    Example
    -------
    >>> epochs_for(epochs=10, least_steps=160, batches=30)
    10
    >>> epochs_for(epochs=10, least_steps=160, batches=3)
    54
    """
    return max(epochs, -(-least_steps // batches))  # rounded up


def spread(epochs, count):
    """At most `count` epochs, evenly spread, the last among them.

    Arguments
    ---------
    epochs : int
        Epochs of the run.
    count : int
        Validations wanted.

    Returns
    -------
    set of int

    Example
    -------
    >>> sorted(spread(epochs=7, count=3))
    [2, 5, 7]
    """
    count = min(count, epochs)
    return {round((i + 1) * epochs / count) for i in range(count)}
