"""Runs a function in its own process, so that its peak memory can be measured."""

import multiprocessing
from concurrent.futures import ProcessPoolExecutor


def alone(function, *args):
    """Call a function in a new process and return its result."""
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, spawn) as pool:
        return pool.submit(function, *args).result()
