"""Executes the runs of a study, several at a time, and skips those that have finished."""

import json
import os
import queue
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor, wait
from functools import partial

import torch
from speechbrain.utils.logger import get_logger
from speechbrain.utils.parallel import get_available_cpu_count

from sb_contrastive.files import write_atomically
from sb_contrastive.progress import bar, current
from sb_contrastive.progress.duration import duration
from sb_contrastive.progress.told import VARIABLE
from sb_contrastive.study.choice import go_on_from_try, settled
from sb_contrastive.study.parent import end_with
from sb_contrastive.study.plan import python
from sb_contrastive.study.time_left import FILE, TimeLeft

logger = get_logger(__name__)

FINISHED, LOG = "finished.json", "run.log"
REDRAWN = 5.0  # seconds between two looks at the time left
SOONEST = 30.0  # seconds between two lines about it, at least
LINES = 12  # about as many lines tell of a study


def run_all(runs, jobs=1, devices=None, progressbar=True):
    """Execute runs, several at a time.

    The output of a run goes to `run.log` in its folder. A run that has finished
    with the same command is skipped. An unfinished run continues where it
    stopped. If a run fails, the runs that need it are left out, and the others
    still run.

    Arguments
    ---------
    runs : list of Run
        The runs, each after those that it needs, see `plan_runs`.
    jobs : int
        Number of runs at a time. They share the cores of this process, and none
        has more threads than this process has (`OMP_NUM_THREADS`).
    devices : list of str, optional
        A device for each job, e.g. ["cuda:0", "cuda:1"], instead of `jobs`.
    progressbar : bool
        Whether to show a progress bar.

    Raises
    ------
    RuntimeError
        When runs have failed; the message names them and a log.
    """
    slots = queue.Queue()
    for device in devices or [None] * jobs:
        slots.put(device)
    threads = _threads_of_each(slots.qsize())
    left = TimeLeft(runs, slots.qsize())
    with (
        ThreadPoolExecutor(slots.qsize()) as pool,
        bar(
            what="runs", unit="run", total=len(runs), show=progressbar
        ) as done_runs,
        _Children() as children,
    ):
        done = {}

        def execute(run):
            # The runs it needs were submitted before, so the waiting ends
            if not all(done[folder].result() for folder in run.needs):
                left.ends(run, passed_over=True)
                return False
            device, begin = slots.get(), time.monotonic()
            try:
                told = f"{run.name}, seed {run.seed}"
                settled_run = _settled(run)
                if settled_run is None:
                    left.ends(run, passed_over=True)
                    current().say(f"{told} FAILED: nothing could be chosen")
                    return False
                run = settled_run
                if _is_finished(run):
                    left.ends(run, passed_over=True)
                    current().say(f"{told}: finished before")
                    return True
                current().say(f"{told} begins: {run.folder / LOG}")
                left.begins(run)
                ended = _execute(run, device, threads, children)
                left.ends(run)
                took = duration(time.monotonic() - begin)
                current().say(
                    f"{told} {'ended' if ended else 'FAILED'} after {took}"
                )
                return ended
            finally:
                slots.put(device)
                done_runs.update()

        for run in runs:
            done[run.folder] = pool.submit(execute, run)
        _tell_until(done.values(), left, done_runs)
        failed = [run for run in runs if not done[run.folder].result()]
    if failed:
        first = next(run for run in failed if (run.folder / LOG).is_file())
        names = ", ".join(f"{run.name} (seed {run.seed})" for run in failed)
        raise RuntimeError(
            f"{len(failed)} of {len(runs)} runs did not finish: {names}; read "
            f"{first.folder / LOG}, mend it and run the study again"
        )


def _threads_of_each(jobs):
    """Share the cores out. Who gives this process fewer threads than there are
    cores, because others work on them, wants as few for its runs."""
    cores = get_available_cpu_count() // jobs
    return max(min(cores, torch.get_num_threads()), 1)


def _tell_until(futures, left, done_runs):
    """Wait for all runs, and tell the time left of the study now and then: in the
    bar, and in a line a twelfth of the study after the last."""
    begin = spoke = time.monotonic()
    waiting = list(futures)
    while waiting:
        waiting = wait(waiting, timeout=REDRAWN).not_done
        seconds, now = left.seconds(), time.monotonic()
        if not waiting or seconds is None:
            continue
        done_runs.set_postfix_str(f"about {duration(seconds)} left")
        if now - spoke >= max(SOONEST, (now - begin + seconds) / LINES):
            spoke = now
            current().say(
                f"{len(waiting)} of {len(futures)} runs are still to be done: "
                f"about {duration(seconds)} left of all training"
            )


def _settled(run):
    """Put the value that its tries have chosen into a run, which goes on from the
    try; None, and a line in its log, where nothing is chosen."""
    try:
        go_on_from_try(run)
        return settled(run)
    except (FileNotFoundError, ValueError) as error:
        logger.warning(f"{run.name}, seed {run.seed}: {error}")
        run.folder.mkdir(parents=True, exist_ok=True)
        with open(run.folder / LOG, "a", encoding="utf-8") as log:
            log.write(f"{error}\n")


def _is_finished(run):
    """Tell whether a run has finished before, with the same command."""
    marker = run.folder / FINISHED
    if not marker.is_file():
        return False
    return json.loads(marker.read_text(encoding="utf-8")) == run.command


def _execute(run, device, threads, children):
    """Execute a run; tell whether it has finished."""
    marker = run.folder / FINISHED
    # The command may have changed: the experiment itself checks what differs
    marker.unlink(missing_ok=True)
    run.folder.mkdir(parents=True, exist_ok=True)
    command = python(run.command) + ["--noprogressbar"]
    if device is not None:
        command += ["--device", device]
    told = run.folder / FILE
    environment = {
        **os.environ,
        "OMP_NUM_THREADS": str(threads),
        VARIABLE: str(told),
    }
    with open(run.folder / LOG, "a", encoding="utf-8") as log:
        code = children.run(command, log, environment)
    told.unlink(missing_ok=True)
    if code != 0:
        logger.warning(f"{run.name}, seed {run.seed}: failed with {code}")
        return False
    write_atomically(marker, lambda p: p.write_text(json.dumps(run.command)))
    return True


class _Children:
    """Child processes that are terminated when this process leaves the block."""

    def __init__(self):
        self.running = set()
        self.stopped = False

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.stopped = True
        for process in list(self.running):
            process.terminate()

    def run(self, command, log, environment):
        """Run a command and return its exit status, or 1 after the block has ended."""
        if self.stopped:
            return 1
        process = subprocess.Popen(
            command,
            stdout=log,
            stderr=subprocess.STDOUT,
            env=environment,
            preexec_fn=partial(end_with, os.getpid()),
        )
        self.running.add(process)
        try:
            return process.wait()
        finally:
            self.running.discard(process)
