"""Resamples a signal block by block, in memory that does not grow with it."""

from functools import lru_cache
from math import gcd

import numpy as np
from scipy.signal import firwin, resample_poly

LOBES = 10  # of the sinc filter, on each side, as in scipy's resample_poly
BLOCK = 2**17  # samples resampled at once, about


def resampled(blocks, rate, wanted):
    """Resamples a stream of samples to another rate.

    Every block is resampled with as much of its neighbours as the filter
    reaches, so the result is that of `scipy.signal.resample_poly` on the whole
    signal.

    Arguments
    ---------
    blocks : iterable of numpy.ndarray
        Pieces [S] of one signal, of any length.
    rate : int
        Samples per second of the signal.
    wanted : int
        Samples per second of the result.

    Yields
    ------
    numpy.ndarray
        Pieces of the result, float32.

    Example
    -------
    >>> ramp = np.arange(100_000, dtype="float32") / 100_000
    >>> whole = resample_poly(ramp, 160, 441)
    >>> pieces = resampled(np.array_split(ramp, 7), 44100, 16000)
    >>> bool(np.abs(np.concatenate(list(pieces)) - whole).max() < 1e-6)
    True
    """
    divisor = gcd(rate, wanted)
    up, down = wanted // divisor, rate // divisor
    if up == down:
        yield from blocks
        return
    window = _low_pass(max(up, down))
    # Multiples of `down`, so that each piece has a whole number of results
    reach = down * -(-(LOBES * max(up, down) // up + 1) // down)
    step = down * max(BLOCK // down, 1)
    waiting, before = [], 0  # samples at hand; how many of them are done
    count = 0
    for block in blocks:
        waiting.append(block)
        count += len(block)
        while count >= before + step + reach:
            held = np.concatenate(waiting)
            part = resample_poly(
                held[: before + step + reach], up, down, window=window
            )
            yield part[before * up // down : (before + step) * up // down]
            done = before + step
            keep = max(done - reach, 0)
            waiting, before = [held[keep:]], done - keep
            count = len(held) - keep
    if count > before:
        held = np.concatenate(waiting)
        part = resample_poly(held, up, down, window=window)
        yield part[before * up // down :]


@lru_cache(maxsize=8)
def _low_pass(factor):
    """Designs the filter of `resample_poly`: float32 [2 * LOBES * factor + 1]."""
    taps = firwin(2 * LOBES * factor + 1, 1 / factor, window=("kaiser", 5.0))
    return taps.astype(np.float32)
