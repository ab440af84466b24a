#!/usr/bin/env python3
"""Kills a DINO run at random moments and checks that it ends with the same bits as an undisturbed one.

    python benchmarks/soak.py --kills 20 --seed 0

Each attempt is `train.py hparams/dino_sv.yaml` with a tiny encoder on the
built-in corpus, in a process forked from this one. The kernel kills it without
warning after some processor time, counted from one of its next steps: while it
starts, trains, validates or writes a checkpoint. The script prints a line for
each kill, then compares the results; its exit code is 1 if any bit differs.
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

from sb_contrastive.brains import DINOBrain
from sb_contrastive.synthetic import write_voxceleb

ENCODER = """
!new:sb_contrastive.encoders.UtteranceEncoder
embedding_dim: 8
compute_features: !new:speechbrain.lobes.features.Fbank
    n_mels: 16
    hop_length: 20
backbone: !new:speechbrain.lobes.models.Xvector.Xvector
    in_channels: 16
    lin_neurons: !ref <embedding_dim>
    tdnn_channels: [8, 8, 8, 8, 16]
affine: [blocks.16]
frame_layer: blocks.14
frame_axis: 1
"""
ROOT = Path(__file__).resolve().parents[1]


def command(folder, output, epochs):
    """Return the command line of an attempt, which is the same for all."""
    values = {
        "output_folder": output,
        "data_folder": folder / "voxceleb",
        "encoder": folder / "tiny.yaml",
        "stages": "[pretrain]",
        "epochs": epochs,
        "pretrain": "{least_steps: 1}",
        "pretrain_batch_size": 4,
        "pretrain_validation_share": 0.2,
        "prototypes": 64,
        "ckpt_interval_steps": 1,
        "device": "cpu",
    }
    line = ["train.py", str(ROOT / "hparams/dino_sv.yaml"), "--noprogressbar"]
    return line + [x for k, v in values.items() for x in (f"--{k}", str(v))]


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
        fit_batch, steps = DINOBrain.fit_batch, [0]

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
        DINOBrain.fit_batch = counted
        sys.path.insert(0, str(ROOT))  # as `python train.py` does
        sys.argv = line
        runpy.run_path(str(ROOT / "train.py"), run_name="__main__")
        code = 0
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
    """Read the networks, the centre and the log of a finished run, by name."""
    found = {"log": json.loads((output / "pretrain/log.json").read_text())}
    found["log"] = found["log"]["epochs"]
    (newest,) = (output / "pretrain/save").glob("CKPT*")
    for path in (output / "pretrain/encoder.ckpt", *newest.glob("*.ckpt")):
        if path.read_bytes()[:2] == b"PK":  # a file of torch
            found[path.stem] = torch.load(path, weights_only=True)
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


def main(kills, seed, epochs, folder):
    """Kill a run repeatedly; return whether it ends with the bits of another."""
    write_voxceleb(folder / "voxceleb", speakers=12, videos=2, utterances=1)
    (folder / "tiny.yaml").write_text(ENCODER, encoding="utf-8")
    moments, done, dead = random.Random(seed), 0, 0
    begun = time.perf_counter()
    with open(folder / "log.txt", "w") as log:
        line = command(folder, folder / "undisturbed", epochs)
        steps, ended, seconds = end(*start(line, log))
        print(f"undisturbed: {steps} steps, exit {ended}", flush=True)
        if ended != 0:
            return False
        line, step = command(folder, folder / "killed", epochs), seconds / steps
        while True:
            death = None
            if dead < kills:
                after = moments.randrange(3)
                death = (
                    after,
                    moments.uniform(1e-3, step if after else 20 * step),
                )
            more, ended, _ = end(*start(line, log, death))
            done += more
            if ended != -signal.SIGPROF:
                break
            dead += 1
            print(
                f"kill {dead}: {death[1]:.3f} s after step {death[0]} of this "
                f"attempt, {done} steps in all",
                flush=True,
            )
    print(f"{dead} kills, exit {ended}, {time.perf_counter() - begun:.0f} s")
    undisturbed, killed = (
        state(folder / "undisturbed"),
        state(folder / "killed"),
    )
    for name in undisturbed:
        verdict = same(undisturbed[name], killed.get(name))
        print(f"{name}: {'same bits' if verdict else 'DIFFERS'}")
    return ended == 0 and dead == kills and same(undisturbed, killed)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--epochs", type=int, default=16)
    given = parser.parse_args()
    work = Path(tempfile.mkdtemp(prefix="soak-"))
    if not main(given.kills, given.seed, given.epochs, work):
        sys.exit(
            f"bits differ, a run failed, or it was too short for {given.kills} kills "
            f"(give more --epochs): see {work} and its log.txt"
        )
    shutil.rmtree(work)
