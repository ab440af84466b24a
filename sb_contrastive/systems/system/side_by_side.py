"""Folds of a system that several processes train side by side, each on a core of its own."""

import contextlib
import copy
import logging
import multiprocessing
import os
import pickle
import signal
import sys
import threading
import time
import traceback

import torch

from sb_contrastive.distributed import world_size
from sb_contrastive.progress import display

MOST = 4  # cores: where there are more, one fold after another uses them better
PATIENCE = 60.0  # seconds that a helper may take to save its checkpoint


def helpers_for(fold_jobs, count, device="cpu"):
    """Count the processes that help this one.

    Small networks leave a second core half idle, and so do reading and
    augmenting: two folds on a core each take less time than one after the other
    on both.

    Arguments
    ---------
    fold_jobs : int or None
        Folds at a time. None: one for each thread that PyTorch may use, where
        these are four at most and the training is on a CPU.
    count : int
        Folds that are still to be trained.
    device : str
        Where they are trained.

    Returns
    -------
    int

    Raises
    ------
    ValueError
        When more than one fold at a time is asked for, and this machine or
        this run cannot have it.

    Example
    -------
    >>> helpers_for(fold_jobs=1, count=5)
    0
    """
    hindrances = {
        "training is on a GPU": torch.device(device).type != "cpu",
        "a process that PyTorch has a GPU for cannot be forked": (
            torch.cuda.is_available()
        ),
        "processes are forked safely on Linux alone": sys.platform != "linux",
        "several processes train each fold together": world_size() > 1,
    }
    found = [why for why, there in hindrances.items() if there]
    if fold_jobs is None:
        threads = torch.get_num_threads()
        fold_jobs = 1 if found or threads > MOST else threads
    elif fold_jobs > 1 and found:
        raise ValueError(
            f"--fold_jobs {fold_jobs} trains folds side by side, and here "
            f"{found[0]}: leave it out"
        )
    return max(min(fold_jobs, count) - 1, 0)


class SideBySide:
    """Hands out units of work to this process and to helpers that are forked
    from it. This one takes them from the front, helpers from the back.

    Within it, each process computes in one thread. Leaving it by an exception,
    such as the one by which a signal ends a training, makes helpers save their
    checkpoints and end, too.

    Arguments
    ---------
    train : callable
        Number of a unit -> None; leaves files. What it changes in memory stays
        in the process that has called it.
    count : int
        Units.
    helpers : int
        Processes beside this one.

    Example
    -------
    >>> with SideBySide(train=lambda number: None, count=2, helpers=0) as work:
    ...     [number for number, seconds in work]
    [0, 1]
    """

    def __init__(self, train, count, helpers):
        self.train, self.count = train, count
        context = multiprocessing.get_context("fork" if helpers else None)
        self.taken = context.Array("b", count)
        self.seconds = context.Array("d", count)  # that a helper took, or 0
        self.faults = context.SimpleQueue()
        self.processes = [
            context.Process(target=self._help, args=(os.getpid(),))
            for _ in range(helpers)
        ]

    def __enter__(self):
        self.threads = torch.get_num_threads()
        if self.processes:
            # A forked process may not use the threads of the one it is from
            torch.set_num_threads(1)
        for process in self.processes:
            process.start()
        return self

    def __exit__(self, kind, *_):
        if kind is not None:
            for process in self.processes:
                process.terminate()
        for process in self.processes:
            process.join(PATIENCE)
            process.kill()
        torch.set_num_threads(self.threads)

    def __iter__(self):
        """Do units; yield the number of each that is done, by whomever, and the
        seconds it took."""
        self.elsewhere = set()  # what helpers have done
        while True:
            number = self._claim(range(self.count))
            if number is not None:
                begin = time.monotonic()
                self.train(number)
                yield number, time.monotonic() - begin
            # Before the look at what is done: nothing is missed
            at_work = [p for p in self.processes if p.is_alive()]
            self._check()
            for other, seconds in enumerate(self.seconds):
                if seconds and other not in self.elsewhere:
                    self.elsewhere.add(other)
                    yield other, seconds
            if number is None:
                if not at_work:
                    return
                time.sleep(0.1)

    def _claim(self, numbers):
        """Take the first of these units that nobody has."""
        with self.taken.get_lock():
            for number in numbers:
                if not self.taken[number]:
                    self.taken[number] = 1
                    return number
        return None

    def _check(self):
        """Raise what has stopped a helper."""
        if not self.faults.empty():
            raise self.faults.get()
        for process in self.processes:
            if process.exitcode:
                raise RuntimeError(
                    f"a process that trained a fold beside this one ended "
                    f"with code {process.exitcode}: run the same command "
                    f"again to continue, maybe with --fold_jobs 1"
                )

    def _help(self, parent):
        """Do units from the back, in a process of its own."""
        torch.set_num_threads(1)
        threading.Thread(target=_follow, args=(parent,), daemon=True).start()
        for handler in logging.getLogger().handlers:
            handler.setLevel(logging.WARNING)
        try:
            with display("quiet", live=False):
                for number in iter(self._last, None):
                    begin = time.monotonic()
                    self.train(number)
                    self.seconds[number] = time.monotonic() - begin
        except Exception as error:
            self.faults.put(_portable(error))

    def _last(self):
        return self._claim(reversed(range(self.count)))


def _follow(parent):
    """Save and end as soon as the process that this one helps has died."""
    while os.getppid() == parent:
        time.sleep(1.0)
    os.kill(os.getpid(), signal.SIGTERM)


def _portable(error):
    """Return an error that another process can raise; one that cannot be sent
    as it is becomes a RuntimeError with its traceback."""
    with contextlib.suppress(Exception):
        pickle.dumps(error)
        return copy.copy(error)  # is made anew as by the other process
    return RuntimeError("".join(traceback.format_exception(error)))
