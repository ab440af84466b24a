#!/usr/bin/env python3
"""Times training steps in which freed memory is kept, or given back to the system.

    python benchmarks/bench_kept_memory.py [--encoder xvector] [--batch 32]

Both ways run in turn, several times, each in its own process. The ratio is one
of processor time, on which other work on the machine has little influence.
"""

import argparse
import json
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path

import torch
from hyperpyyaml import load_hyperpyyaml

from sb_contrastive.training.allocator import retain_freed_memory

MODELS = Path(__file__).parents[1] / "hparams/models"


def steps(options):
    """Print the processor seconds of a step and the peak memory of this process."""
    if options.run == "kept":
        retain_freed_memory()
    torch.manual_seed(0)
    path = (MODELS / f"{options.encoder}.yaml").as_posix()
    encoder = load_hyperpyyaml(f"encoder: !include:{path}")["encoder"]
    optimizer = torch.optim.AdamW(encoder.parameters())

    def step():
        wavs = torch.randn(options.batch, 2 * 16000)
        optimizer.zero_grad()
        encoder(wavs).square().mean().backward()
        optimizer.step()

    for _ in range(3):
        step()
    start = time.process_time()
    for _ in range(options.steps):
        step()
    taken = (time.process_time() - start) / options.steps
    usage = resource.getrusage(resource.RUSAGE_SELF)
    print(json.dumps({"seconds": taken, "gib": usage.ru_maxrss / 2**20}))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--encoder", default="xvector")
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--steps", type=int, default=30)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--run", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.run:
        steps(options)
        return
    found = {"given back": [], "kept": []}
    for _ in range(options.repeats):
        for way, measured in found.items():
            command = [sys.executable, *sys.argv, "--run", way]
            done = subprocess.run(command, stdout=subprocess.PIPE, check=True)
            measured.append(json.loads(done.stdout.splitlines()[-1]))
    middle = {}
    for way, measured in found.items():
        middle[way] = statistics.median(m["seconds"] for m in measured)
        memory = max(m["gib"] for m in measured)
        print(f"{way:>10}: {1e3 * middle[way]:.1f} ms, {memory:.2f} GiB")
    print(f"ratio {middle['given back'] / middle['kept']:.2f}")


if __name__ == "__main__":
    main()
