"""The time that the rest of a study takes."""

import statistics
import threading
import time

from sb_contrastive.progress.told import told_time

FILE = "time_left.json"  # in the folder of a run, while it runs


class TimeLeft:
    """Tells the time left of a study from what its runs tell of themselves.

    A run under way tells it from its own training steps, see `Plan`. One that
    waits takes as long as the same experiment has taken with other seeds, or
    else experiments of the same YAML, or else all. So it is known as soon as one
    run has trained a few steps, and corrected all the time.

    Arguments
    ---------
    runs : list of Run
        The runs.
    jobs : int
        How many run at a time.
    clock : callable
        () -> seconds.

    Example
    -------
    >>> from pathlib import Path
    >>> from sb_contrastive.study.plan import Run
    >>> runs = [Run("a", s, ["train.py", "a.yaml"], Path(f"a_{s}"), ()) for s in (1, 2, 3)]
    >>> seconds = iter([0.0, 60.0, 60.0])
    >>> left = TimeLeft(runs, jobs=1, clock=lambda: next(seconds))
    >>> left.begins(runs[0]); left.ends(runs[0])
    >>> left.seconds()  # of two runs as long as the first
    120.0
    """

    def __init__(self, runs, jobs, clock=time.monotonic):
        self.runs, self.jobs, self.clock = runs, jobs, clock
        self.began, self.took = {}, {}
        self.lock = threading.Lock()  # runs begin and end in threads

    def begins(self, run):
        """Note that a run begins."""
        with self.lock:
            self.began[run.folder] = self.clock()

    def ends(self, run, passed_over=False):
        """Note that a run has ended, or that nothing of it was to be done."""
        with self.lock:
            begin = self.began.pop(run.folder, None)
            self.took[run.folder] = (
                None if passed_over else self.clock() - begin
            )

    def seconds(self):
        """Return the seconds left of the whole study; None before a run has told
        anything."""
        with self.lock:
            now = self.clock()
            began, took = dict(self.began), dict(self.took)
        told = {
            run.folder: told_time(run.folder / FILE)
            for run in self.runs
            if run.folder in began
        }
        known = {folder: t for folder, t in took.items() if t is not None}
        for folder, left in told.items():
            if left is not None:
                known[folder] = now - began[folder] + left
        rest = [run for run in self.runs if run.folder not in took]
        if not rest:
            return 0.0
        if not known:
            return None
        each = []
        for run in rest:
            left = told.get(run.folder)
            if left is None:
                since = now - began.get(run.folder, now)
                left = max(self._of_others(run, known) - since, 0.0)
            each.append(left)
        return max(sum(each) / self.jobs, *each)

    def _of_others(self, run, known):
        """Return the seconds of a run like this one."""
        for alike in (
            lambda other: other.name == run.name,
            lambda other: other.command[1:2] == run.command[1:2],
            lambda other: True,
        ):
            seen = [
                known[other.folder]
                for other in self.runs
                if other.folder in known and alike(other)
            ]
            if seen:
                return statistics.fmean(seen)
