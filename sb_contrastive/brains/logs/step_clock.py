"""The speed of training, and the share of the time that it waits for data."""

import time


class StepClock:
    """Tells the time of training steps from the time between them.

    Example
    -------
    >>> clock = StepClock()
    >>> for _ in range(2):
    ...     clock.begin_step()
    ...     clock.end_step(utterances=32)
    >>> clock.utterances
    64
    """

    def __init__(self):
        self.utterances = 0
        self.wait_seconds = self.step_seconds = 0.0
        self._last = None

    def begin_step(self):
        """The batch is there: what has passed since the last step was waiting."""
        now = time.perf_counter()
        if self._last is not None:
            self.wait_seconds += now - self._last
        self._last = now

    def end_step(self, utterances):
        """A step on this many utterances is done."""
        now = time.perf_counter()
        self.step_seconds += now - self._last
        self._last = now
        self.utterances += utterances

    def pause(self):
        """Pause: the time until the next step is no waiting for data."""
        self._last = None

    def figures(self):
        """Utterances per second, and the share of time spent waiting for data.

        Returns
        -------
        dict of str to float
        """
        seconds = self.wait_seconds + self.step_seconds
        return {
            "train_seconds": seconds,
            "utterances_per_second": self.utterances / max(seconds, 1e-9),
            "data_wait_share": self.wait_seconds / max(seconds, 1e-9),
        }
