"""Schedules, pure functions of the share of training that is done.

Progress is the number of optimiser steps done divided by the number of all
steps, from 0 to 1. A schedule has no state, so nothing has to be saved, and a
resumed run continues on the same curve.
"""

import math

from sb_contrastive.ranges import Fraction, NotNegative, Positive, Share


class Constant:
    """A value that does not change.

    Arguments
    ---------
    value : float
        The value.

    Example
    -------
    >>> Constant(0.1)(0.7)
    0.1
    """

    def __init__(self, value: NotNegative):
        self.value = value

    def __call__(self, progress):
        """Return the value at any progress."""
        return self.value


def as_schedule(value):
    """Make a schedule of a number, which then does not change.

    Arguments
    ---------
    value : float or callable
        A number, or a schedule, progress -> number, which is returned as it is.

    Returns
    -------
    callable

    Example
    -------
    >>> as_schedule(0.999)(0.5)
    0.999
    >>> as_schedule(Cosine(0.0, 1.0))(0.5)
    0.5
    """
    return value if callable(value) else Constant(value)


class WarmupCosine:
    """Linear warm-up to a peak, then half a cosine down to a final value.

    Arguments
    ---------
    peak : float
        Value at the end of the warm-up.
    final : float
        Value at progress 1.
    warmup : float
        Share of training spent warming up from 0, in [0, 1).

    Example
    -------
    >>> rate = WarmupCosine(peak=1.0, final=0.0, warmup=0.5)
    >>> rate(0.25), rate(0.5), rate(0.75), rate(1.0)
    (0.5, 1.0, 0.5, 0.0)
    """

    def __init__(
        self, peak: Positive, final: NotNegative = 0.0, warmup: Share = 0.0
    ):
        if not 0 <= warmup < 1:
            raise ValueError(f"warmup is a share in [0, 1), got {warmup}")
        self.peak, self.final, self.warmup = peak, final, warmup

    def __call__(self, progress):
        """Return the value at `progress` (clamped to [0, 1])."""
        progress = min(max(progress, 0.0), 1.0)
        if progress < self.warmup:
            return self.peak * progress / self.warmup
        rest = (progress - self.warmup) / (1 - self.warmup)
        cosine = (1 + math.cos(math.pi * rest)) / 2
        return self.final + (self.peak - self.final) * cosine


class Cosine:
    """Half a cosine from one value to another, then a constant.

    Examples are DINO's teacher momentum, m(i) = 1 - (1 - m0)(1 + cos(pi i / I)) /
    2 (Cho et al. 2022), and a margin that grows from 0 over the first half of
    training (`until=0.5`).

    Arguments
    ---------
    start : float
        Value at progress 0.
    end : float
        Value from progress `until` on.
    until : float
        Share of training after which the value stays, in (0, 1].

    Example
    -------
    >>> momentum = Cosine(0.996, 1.0)
    >>> momentum(0), momentum(0.5), momentum(1)
    (0.996, 0.998, 1.0)
    >>> margin = Cosine(0.0, 0.1, until=0.5)
    >>> round(margin(0.25), 3), margin(0.5), margin(1)
    (0.05, 0.1, 0.1)
    """

    def __init__(self, start, end, until: Fraction = 1.0):
        if not 0 < until <= 1:
            raise ValueError(f"until is a share in (0, 1], got {until}")
        self.start, self.end, self.until = start, end, until

    def __call__(self, progress):
        """Return the value at `progress` (clamped to [0, 1])."""
        progress = min(max(progress, 0.0) / self.until, 1.0)
        cosine = (1 + math.cos(math.pi * progress)) / 2
        return self.end - (self.end - self.start) * cosine


class LinearThenConstant:
    """A straight line, then a constant, such as DINO's teacher temperature.

    Arguments
    ---------
    start : float
        Value at progress 0.
    end : float
        Value from progress `until` on.
    until : float
        Share of training after which the value stays, in [0, 1].

    Example
    -------
    >>> temperature = LinearThenConstant(0.04, 0.06, until=0.2)
    >>> round(temperature(0.1), 3), temperature(0.9)
    (0.05, 0.06)
    """

    def __init__(self, start, end, until: Share):
        if not 0 <= until <= 1:
            raise ValueError(f"until is a share in [0, 1], got {until}")
        self.start, self.end, self.until = start, end, until

    def __call__(self, progress):
        """Return the value at `progress` (clamped to [0, 1])."""
        progress = max(progress, 0.0)
        if progress >= self.until:
            return self.end
        return self.start + (self.end - self.start) * progress / self.until


class StepDecay:
    """A value that is multiplied by a factor at regular times.

    The learning rate of Lepage & Dehak 2024, for instance, is multiplied by 0.95
    every 5 of 150 epochs.

    Arguments
    ---------
    start : float
        Value at progress 0.
    factor : float
        The factor.
    every : float
        Share of training between two reductions, above 0.

    Example
    -------
    >>> rate = StepDecay(start=1.0, factor=0.5, every=0.25)
    >>> rate(0.2), rate(0.25), rate(0.9)
    (1.0, 0.5, 0.125)
    """

    def __init__(self, start: Positive, factor: Positive, every):
        if not every > 0:
            raise ValueError(f"every is a share above 0, got {every}")
        self.start, self.factor, self.every = start, factor, every

    def __call__(self, progress):
        """Return the value at `progress` (clamped to [0, 1])."""
        progress = min(max(progress, 0.0), 1.0)
        # A rounding error may put the first step of an epoch before its start
        times = math.floor(progress / self.every + 1e-9)
        return self.start * self.factor**times
