#!/usr/bin/env python3
"""Kills experiments at random moments and checks that they end with the same bits as undisturbed ones.

    python benchmarks/soak.py --kills 6 --seed 0

Five experiments run one after another on the built-in corpus, with a tiny
encoder: pretraining with DINO and with MoCo, DINO with fine-tuning, the
combined losses, and the adapter (`--experiments` names some of them). Each
attempt is `train.py` in a process forked from this one. The kernel kills it
without warning after some processor time, counted from one of its next steps:
while it starts, trains, validates, evaluates or writes a file. The script
prints a line for each kill, then compares the results; its exit code is 1 if
any bit differs.
"""

import argparse
import json
import os
import random
import runpy
import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path

import torch
from soak_experiments import EXPERIMENTS, ROOT, command, write_inputs

from sb_contrastive.brains.base import TrainingBrain


def start(line, log, death=None):
    """Fork an attempt; return its process, and a pipe with a byte per step.

    `death` is the number of steps, and the processor seconds after them, until
    the attempt is killed.
    """
    reader, writer = os.pipe()
    process = os.fork()
    if process:
        os.close(writer)
        return process, reader
    code = 1
    try:
        os.close(reader)
        for stream in (1, 2):
            os.dup2(log.fileno(), stream)
        torch.set_num_threads(1)
        fit_batch, steps = TrainingBrain.fit_batch, [0]

        def set_timer():
            if death and death[0] == steps[0]:
                # Processor time does not depend on how busy the machine is.
                # SIGPROF has no handler and kills at once
                signal.setitimer(signal.ITIMER_PROF, death[1])

        def counted(brain, batch):
            loss = fit_batch(brain, batch)
            os.write(writer, b".")
            steps[0] += 1
            set_timer()
            return loss

        set_timer()
        TrainingBrain.fit_batch = counted
        sys.path.insert(0, str(ROOT))  # as `python train.py` does
        sys.argv = line
        runpy.run_path(str(ROOT / "train.py"), run_name="__main__")
        code = 0
    except SystemExit as ended:
        code = ended.code or 0
    finally:
        os._exit(code)


def end(process, pipe):
    """Wait for the end; return steps, exit code and processor seconds."""
    steps = 0
    while os.read(pipe, 1):
        steps += 1
    os.close(pipe)
    _, status, used = os.wait4(process, 0)
    seconds = used.ru_utime + used.ru_stime
    return steps, os.waitstatus_to_exitcode(status), seconds


def state(output):
    """Read what a finished run left behind, by path: the tensors of networks,
    optimisers and losses, the figures of each epoch, the predictions."""
    found = {}
    for path in sorted(output.rglob("*")):
        # Checkpoints are named after the time
        name = str(path.relative_to(output)).split("CKPT+")
        name = name[0] + name[-1].split("/", 1)[-1] * (len(name) > 1)
        if path.suffix == ".ckpt" and path.read_bytes()[:2] == b"PK":
            found[name] = torch.load(path, weights_only=True)
        elif path.name == "log.json":
            found[name] = json.loads(path.read_text())["epochs"]
        elif path.name == "predictions.csv":
            found[name] = path.read_text()
        elif path.name == "results.json":
            found[name] = json.loads(path.read_text())["metrics"]
    return found


def same(one, other):
    """Tell whether all tensors and numbers are equal, bit for bit."""
    if isinstance(one, torch.Tensor):
        return torch.equal(one, other)
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(
            same(one[k], other[k]) for k in one
        )
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(same, one, other))
    return one == other


def soak(name, kills, moments, steps, folder):
    """Kill an experiment repeatedly; return whether it ends with the bits of an
    undisturbed run."""
    done, dead, begun = 0, 0, time.perf_counter()
    whole, killed = folder / name / "undisturbed", folder / name / "killed"
    whole.parent.mkdir()
    with open(folder / "log.txt", "a") as log:
        line = command(name, folder, whole, steps)
        total, ended, seconds = end(*start(line, log))
        print(f"{name}: undisturbed, {total} steps, exit {ended}", flush=True)
        if ended != 0:
            return False
        line, step = command(name, folder, killed, steps), seconds / total
        while True:
            death = None
            if dead < kills:
                # Attempts share the steps that are left, so that the kills
                # meet all parts of the experiment
                share = max((total - done) // (kills - dead), 1)
                after = moments.randrange(share)
                # Without a step, the start of the program is met as well
                most = step if after else min(8 * step, seconds / 2)
                death = after, moments.uniform(1e-3, most)
            more, ended, _ = end(*start(line, log, death))
            done += more
            if ended != -signal.SIGPROF:
                break
            dead += 1
            print(
                f"{name}: kill {dead}, {death[1]:.3f} s after step {death[0]} "
                f"of this attempt, {done} steps in all",
                flush=True,
            )
    one, other = state(whole), state(killed)
    differing = [key for key in one if not same(one[key], other.get(key))]
    verdict = f"DIFFER in {', '.join(differing)}" if differing else "same bits"
    print(
        f"{name}: {dead} kills, exit {ended}, {len(one)} files: {verdict}, "
        f"{time.perf_counter() - begun:.0f} s",
        flush=True,
    )
    return ended == 0 and dead == kills and not differing


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--kills", type=int, default=6, help="of each experiment"
    )
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--steps", type=int, default=24, help="at least, of each part"
    )
    parser.add_argument(
        "--experiments", nargs="+", choices=EXPERIMENTS, default=[*EXPERIMENTS]
    )
    given = parser.parse_args()
    work = Path(tempfile.mkdtemp(prefix="soak-"))
    write_inputs(work)
    moments = random.Random(given.seed)
    verdicts = [
        soak(name, given.kills, moments, given.steps, work)
        for name in given.experiments
    ]
    if not all(verdicts):
        sys.exit(
            "bits differ, a run failed, or it was too short for its kills (give "
            f"more --steps): see {work} and its log.txt"
        )
    shutil.rmtree(work)
