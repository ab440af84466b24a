"""Measures in a process of its own, so that its peak memory is its own."""

import multiprocessing
from concurrent.futures import ProcessPoolExecutor


def alone(function, *args):
    """What a function returns that a fresh process has called."""
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, spawn) as pool:
        return pool.submit(function, *args).result()
