"""A file by which a program tells the one that has started it how long it will still take."""

import json
import os
import time
from pathlib import Path

VARIABLE = "SB_CONTRASTIVE_TIME_LEFT"  # names the file, where one is wanted
EVERY = 5.0  # seconds between two writings


class ToldTime:
    """Writes the seconds that are left, if the environment names a file for it.

    Arguments
    ---------
    clock : callable
        () -> seconds.
    """

    def __init__(self, clock=time.monotonic):
        self.path, self.clock = os.environ.get(VARIABLE), clock
        self.last = -EVERY

    def write(self, seconds_left):
        """Write them, unless that was done a moment ago.

        Arguments
        ---------
        seconds_left : callable
            () -> seconds, or None where nothing is known.
        """
        now = self.clock()
        if self.path is None or now - self.last < EVERY:
            return
        self.last, left = now, seconds_left()
        if left is not None:
            part = Path(f"{self.path}.part")
            part.write_text(json.dumps({"at": time.time(), "left": left}))
            part.replace(self.path)


def told_time(path, now=None):
    """Read how long a program will still take.

    Arguments
    ---------
    path : pathlib.Path
        The file that it was given.
    now : float, optional
        The time; that of the clock when absent.

    Returns
    -------
    float or None
        Seconds, less those since it was written; None where there is no file.

    Example
    -------
    >>> path = getfixture("tmp_path") / "left.json"
    >>> _ = path.write_text('{"at": 100.0, "left": 50.0}')
    >>> told_time(path, now=120.0), told_time(path.with_name("no"))
    (30.0, None)
    """
    try:
        told = json.loads(Path(path).read_text())
    except (OSError, ValueError):
        return None
    since = (time.time() if now is None else now) - told["at"]
    return max(told["left"] - since, 0.0)
