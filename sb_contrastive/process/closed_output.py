"""Programs whose output nobody reads any more, as with `| head`: most end without a word, training goes on."""

import contextlib
import os
import sys

STATUS = 1  # as Python's documentation recommends
GOES_ON = (
    "Nobody reads the output any more: training goes on, and its results are "
    "written as ever; Ctrl-C stops it and keeps a checkpoint"
)


@contextlib.contextmanager
def ends_quietly():
    """End a program with status 1 and without a traceback when its output is
    closed: what it prints is what it is for.

    Raises
    ------
    SystemExit
        When nobody reads the output.

    Example
    -------
    >>> with ends_quietly():
    ...     raise BrokenPipeError
    Traceback (most recent call last):
    SystemExit: 1
    """
    try:
        try:
            yield
        finally:
            sys.stdout.flush()  # else Python tells of it when it ends
    except BrokenPipeError:
        _to_nowhere(sys.stdout)
        try:
            sys.stderr.flush()
        except BrokenPipeError:
            _to_nowhere(sys.stderr)
        sys.exit(STATUS)


@contextlib.contextmanager
def goes_on():
    """Let a program go on when its output is closed: what it prints from then on
    goes nowhere, and the hours that it has trained are not lost."""
    streams = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = map(_Unread, streams)
    try:
        yield
    finally:
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        sys.stdout, sys.stderr = streams


class _Unread:
    """A stream that throws text away from the moment at which nobody reads it."""

    def __init__(self, stream):
        self.stream = stream

    def __getattr__(self, name):
        return getattr(self.stream, name)

    def write(self, text):
        """Write text, maybe to nowhere."""
        self._do(self.stream.write, text)
        return len(text)

    def flush(self):
        """Write what is waiting, maybe to nowhere."""
        self._do(self.stream.flush)

    def _do(self, action, *given):
        try:
            action(*given)
        except BrokenPipeError:
            _to_nowhere(self.stream)
            if self is sys.stdout:
                print(GOES_ON, file=sys.stderr, flush=True)


def _to_nowhere(stream):
    """Let a stream write to the null device; what waits in it goes there, too."""
    try:
        number = stream.fileno()
    except OSError:  # no file, as in a notebook
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, number)
    os.close(nowhere)
    stream.flush()
