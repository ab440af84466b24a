"""Measures several ways of doing something in turn, so that a machine that slows down slows all of them."""

import statistics
import time
from typing import NamedTuple

import torch


class Ratio(NamedTuple):
    """Holds one line of the table: what was divided by what, the seconds of
    both (medians), and the ratio of each round."""

    name: str
    seconds: float
    against: float
    rounds: list

    @property
    def median(self):
        return statistics.median(self.rounds)

    @property
    def spread(self):
        return min(self.rounds), max(self.rounds)


def seconds_of(ways, rounds, clock=None, warm_up=1):
    """Call functions in turn and measure each call.

    Arguments
    ---------
    ways : dict of str to callable
        Functions without arguments.
    rounds : int
        How often each is measured.
    clock : callable, optional
        Returns seconds; by default the time of the processor, on which other
        work on the machine has little influence, or on a GPU that of the clock
        after all kernels have ended.
    warm_up : int
        Calls of each before the first that counts.

    Returns
    -------
    dict of str to list of float
    """
    clock = clock or default_clock()
    taken = {name: [] for name in ways}
    for number in range(warm_up + rounds):
        for name, way in ways.items():
            begin = clock()
            way()
            if number >= warm_up:
                taken[name].append(clock() - begin)
    return taken


def default_clock():
    """Return the clock for this machine."""
    if not torch.cuda.is_available():
        return time.process_time

    def clock():
        torch.cuda.synchronize()
        return time.perf_counter()

    return clock


def ratio(name, taken, way, against):
    """Divide the seconds of one way by those of another, round by round."""
    one, other = taken[way], taken[against]
    return Ratio(
        name,
        statistics.median(one),
        statistics.median(other),
        [a / b for a, b in zip(one, other)],
    )
