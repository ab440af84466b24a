"""Batches of nearly equal size, none of a single utterance: losses that compare utterances are then means of like with like."""


def even_batches(count, batch_size):
    """Cut a dataset, in its order, into batches that differ in size by one at most.

    A last batch of what is left over may hold one utterance, which has nothing
    to be compared with: its contrastive loss is 0, or not defined.

    Arguments
    ---------
    count : int
        Utterances in all.
    batch_size : int
        The largest batch; of two, an odd number of utterances makes one of three.

    Returns
    -------
    list of list of int
        Indices into the dataset, for the loader's `batch_sampler`.

    Example
    -------
    >>> even_batches(9, 4)
    [[0, 1, 2], [3, 4, 5], [6, 7, 8]]
    >>> even_batches(3, 2)
    [[0, 1, 2]]
    """
    batches = max(min(-(-count // batch_size), count // 2), 1)
    edges = [count * number // batches for number in range(batches + 1)]
    return [list(range(*pair)) for pair in zip(edges, edges[1:])]
