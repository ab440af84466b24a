"""Works on many files at once."""

from concurrent.futures import ThreadPoolExecutor

from speechbrain.utils.parallel import get_available_cpu_count, parallel_map

from sb_contrastive.progress import bar_options


def in_threads(function, items, jobs, title, unit="file"):
    """Maps a function over items; a progress bar appears when they are many.

    Threads do for audio: libsndfile works with the interpreter lock released.

    Arguments
    ---------
    function : callable
        Takes one item.
    items : sequence
        What to work on.
    jobs : int or None
        Threads; None for twice the processors, as most of the time is spent
        waiting for the disk.
    title : str
        Of the progress bar.
    unit : str
        What an item is, for the progress bar.

    Returns
    -------
    list
        Results in the order of the items.

    Example
    -------
    >>> in_threads(abs, [-1, 2], None, "magnitudes")
    [1, 2]
    """
    return list(each_in_threads(function, items, jobs, title, unit))


def each_in_threads(function, items, jobs, title, unit="file"):
    """Maps a function over items, and yields the results one by one.

    Arguments
    ---------
    function, items, jobs, title, unit
        See `in_threads`.

    Yields
    ------
    Any
        Results in the order of the items.
    """
    jobs = jobs or 2 * get_available_cpu_count()
    with ThreadPoolExecutor(jobs) as pool:
        yield from parallel_map(
            function,
            items,
            executor=pool,
            progress_bar=len(items) > 500,
            progress_bar_kwargs=bar_options(title, unit),
        )
