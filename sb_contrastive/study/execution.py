"""Executes the runs of a study, several at a time, and none that has finished before."""

import json
import os
import queue
import subprocess
from concurrent.futures import ThreadPoolExecutor

from speechbrain.utils.logger import get_logger
from speechbrain.utils.parallel import get_available_cpu_count
from tqdm import tqdm

from sb_contrastive.files import write_atomically
from sb_contrastive.study.plan import python

logger = get_logger(__name__)

FINISHED, LOG = "finished.json", "run.log"


def run_all(runs, jobs=1, devices=None, progressbar=True):
    """Execute runs, side by side where there is room for it.

    What a run prints is in `run.log` of its folder. A run that has finished
    with the same command is passed over; another is continued, since every
    experiment continues where it stopped. Where one fails, those that need it
    are left out and the others still run.

    Arguments
    ---------
    runs : list of Run
        Those first that others need, see `plan_runs`.
    jobs : int
        How many at a time. The cores given to this process are divided among
        them.
    devices : list of str, optional
        One for each job, e.g. ["cuda:0", "cuda:1"], in the place of `jobs`.
    progressbar : bool
        Whether to show one.

    Raises
    ------
    RuntimeError
        When runs have failed; it names them and their logs.
    """
    slots = queue.Queue()
    for device in devices or [None] * jobs:
        slots.put(device)
    threads = max(get_available_cpu_count() // slots.qsize(), 1)
    with (
        ThreadPoolExecutor(slots.qsize()) as pool,
        tqdm(total=len(runs), unit="run", disable=not progressbar) as bar,
        _Children() as children,
    ):
        done = {}

        def execute(run):
            # Needed runs were handed out before, so that waiting ends
            if not all(done[folder].result() for folder in run.needs):
                return False
            device = slots.get()
            try:
                return _execute(run, device, threads, children)
            finally:
                slots.put(device)
                bar.update()

        for run in runs:
            done[run.folder] = pool.submit(execute, run)
        failed = [run for run in runs if not done[run.folder].result()]
    if failed:
        first = next(run for run in failed if (run.folder / LOG).is_file())
        names = ", ".join(f"{run.name} (seed {run.seed})" for run in failed)
        raise RuntimeError(
            f"{len(failed)} of {len(runs)} runs did not finish: {names}; read "
            f"{first.folder / LOG}, mend it and run the study again"
        )


def _execute(run, device, threads, children):
    """Whether the run has finished, now or before."""
    marker = run.folder / FINISHED
    if marker.is_file():
        if json.loads(marker.read_text(encoding="utf-8")) == run.command:
            return True
        # Its experiment tells what is different, or has stages to add
        marker.unlink()
    run.folder.mkdir(parents=True, exist_ok=True)
    command = python(run.command) + ["--noprogressbar"]
    if device is not None:
        command += ["--device", device]
    with open(run.folder / LOG, "a", encoding="utf-8") as log:
        code = children.run(
            command, log, {**os.environ, "OMP_NUM_THREADS": str(threads)}
        )
    if code != 0:
        logger.warning(f"{run.name}, seed {run.seed}: failed with {code}")
        return False
    write_atomically(marker, lambda p: p.write_text(json.dumps(run.command)))
    return True


class _Children:
    """Processes that end with this one, however it ends."""

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
        """Return the exit status; 1 where all is being stopped."""
        if self.stopped:
            return 1
        process = subprocess.Popen(
            command, stdout=log, stderr=subprocess.STDOUT, env=environment
        )
        self.running.add(process)
        try:
            return process.wait()
        finally:
            self.running.discard(process)
