"""Runs a function in its own process, so that its peak memory can be measured."""

import multiprocessing
from concurrent.futures import ProcessPoolExecutor

START = "forkserver"  # or "fork", sooner, where the peak is of no interest


def alone(function, *args):
    """Call a function in a new process and return its result.

    The process is forked from one that has loaded the libraries of the script
    and nothing else, since to load them takes seconds.
    """
    context = multiprocessing.get_context(START)
    if START == "forkserver":
        context.set_forkserver_preload(["__main__"])
    with ProcessPoolExecutor(1, context) as pool:
        return pool.submit(function, *args).result()
