"""Ranges of numbers: they stand in the signature of whatever takes the number, and are checked before anything is built."""

import math
from typing import Annotated, NamedTuple


class Range(NamedTuple):
    """Numbers from `low` to `high`; `above` tells that `low` is not one of them,
    `whole` that fractions are not.

    Example
    -------
    >>> print(Range(1, whole=True), "or", Range(0, 1), "or", Range(0, above=True))
    at least 1 or from 0 to 1 or above 0
    >>> Range(0, 1).holds(0.5), Range(0, 1).holds(float("nan"))
    (True, False)
    """

    low: float = -math.inf
    high: float = math.inf
    above: bool = False
    whole: bool = False

    def holds(self, number):
        """Tell whether a number is one of these."""
        if self.whole and number != int(number if math.isfinite(number) else 0):
            return False
        enough = number > self.low if self.above else number >= self.low
        return enough and number <= self.high and math.isfinite(number)

    def __str__(self):
        if math.isfinite(self.high):
            first = f"above {self.low} and at most" if self.above else "from"
            bounds = [self.high] if self.above else [self.low, "to", self.high]
            return " ".join(map(str, [first, *bounds]))
        if math.isfinite(self.low):
            return f"{'above' if self.above else 'at least'} {self.low}"
        return "a finite number"


Whole = Annotated[int, Range(0, whole=True)]
Count = Annotated[int, Range(1, whole=True)]
Several = Annotated[int, Range(2, whole=True)]
NotNegative = Annotated[float, Range(0)]
Positive = Annotated[float, Range(0, above=True)]
Share = Annotated[float, Range(0, 1)]
Fraction = Annotated[float, Range(0, 1, above=True)]
Finite = Annotated[float, Range()]
