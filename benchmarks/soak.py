#!/usr/bin/env python3
"""Kills one DINO run again and again at random moments and asks whether it ends in the bits of an undisturbed one.

    python benchmarks/soak.py --kills 20 --seed 0

Each attempt is `train.py hparams/dino_sv.yaml` with a tiny encoder on the
built-in corpus, in a process forked from this one. The kernel kills it, without
a word to it, when it has used some time of the processor after one of its next
steps: while it starts, trains, validates or writes a checkpoint. A line tells
of each kill, the last ones of the comparison; the exit code is 1 where a bit
differs.
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
ROOT = Path(__file__).parents[1]


def command(folder, output, epochs):
    """Command line of one attempt, always the same."""
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
    """Fork an attempt; returns its process and a pipe with a byte per step.
    `death` is the number of steps and the seconds after them that it lives."""
    told, tell = os.pipe()
    process = os.fork()
    if process:
        os.close(tell)
        return process, told
    code = 1
    try:
        os.close(told)
        for stream in (1, 2):
            os.dup2(log.fileno(), stream)
        torch.set_num_threads(1)
        fit_batch, done = DINOBrain.fit_batch, [0]

        def live_on():
            if death and death[0] == done[0]:
                # Seconds of the processor, so that a busy machine is no matter;
                # SIGPROF has no handler and kills at once
                signal.setitimer(signal.ITIMER_PROF, death[1])

        def watched(brain, batch):
            loss = fit_batch(brain, batch)
            os.write(tell, b".")
            done[0] += 1
            live_on()
            return loss

        live_on()

        DINOBrain.fit_batch = watched
        sys.argv = line
        runpy.run_path(str(ROOT / "train.py"), run_name="__main__")
        code = 0
    finally:
        os._exit(code)


def end(process, pipe):
    """Wait for the end; returns steps, exit code and seconds of processor."""
    steps = 0
    while os.read(pipe, 1):
        steps += 1
    os.close(pipe)
    _, status, used = os.wait4(process, 0)
    seconds = used.ru_utime + used.ru_stime
    return steps, os.waitstatus_to_exitcode(status), seconds


def state(output):
    """What a finished run has left, by name: networks, centre, log."""
    found = {"log": json.loads((output / "pretrain/log.json").read_text())}
    found["log"] = found["log"]["epochs"]
    (newest,) = (output / "pretrain/save").glob("CKPT*")
    for path in (output / "pretrain/encoder.ckpt", *newest.glob("*.ckpt")):
        if path.read_bytes()[:2] == b"PK":  # a file of torch
            found[path.stem] = torch.load(path, weights_only=True)
    return found


def same(one, other):
    """Whether all tensors and numbers are equal, bit for bit."""
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
    """Run it; returns whether the bits are the same."""
    write_voxceleb(folder / "voxceleb", speakers=12, videos=2, utterances=1)
    (folder / "tiny.yaml").write_text(ENCODER, encoding="utf-8")
    moments, done, dead = random.Random(seed), 0, 0
    begun = time.perf_counter()
    with open(folder / "log.txt", "w") as log:
        line = command(folder, folder / "whole", epochs)
        steps, ended, seconds = end(*start(line, log))
        print(f"undisturbed: {steps} steps, exit {ended}", flush=True)
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
    whole, killed = state(folder / "whole"), state(folder / "killed")
    for name in whole:
        verdict = same(whole[name], killed.get(name))
        print(f"{name}: {'same bits' if verdict else 'DIFFERS'}")
    return ended == 0 and dead == kills and same(whole, killed)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--epochs", type=int, default=16)
    given = parser.parse_args()
    work = Path(tempfile.mkdtemp(prefix="soak-"))
    if not main(given.kills, given.seed, given.epochs, work):
        sys.exit(
            f"bits differ, a run failed or was too short for {given.kills} kills "
            f"(give more --epochs): see {work}"
        )
    shutil.rmtree(work)
