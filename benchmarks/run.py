#!/usr/bin/env python3
"""Measures all ratios of benchmarks/ratios/ and prints them in one table.

    python benchmarks/run.py                               all of them, on one core
    python benchmarks/run.py --only steps augmentation     some
    python benchmarks/run.py --peer path/of/sslsv          steps against those of a clone of sslsv, too
    python benchmarks/run.py --device cuda:0               on a GPU
    python benchmarks/run.py --write                       the table goes into benchmarks/README.md

What is compared runs in turn, on a core that the process keeps to itself. The
seconds are those of the processor, or on a GPU those of the clock after all
kernels have ended. A ratio is the median over the rounds, with the smallest and
the largest.
"""

import argparse
import importlib
import os
import platform
import sys
from pathlib import Path

import torch

from sb_contrastive.evaluation.package_versions import versions
from sb_contrastive.training.allocator import retain_freed_memory

MEASURES = (
    "steps",
    "precision",
    "optimiser",
    "augmentation",
    "embedding",
    "error_rates",
    "start",
    "cache",
    "loader",
)
README = Path(__file__).with_name("README.md")
BEGIN, END = "<!-- run.py -->", "<!-- end -->"


def pin():
    """Keep the process on one core; return the number of cores it is on."""
    if hasattr(os, "sched_setaffinity"):
        cores = sorted(os.sched_getaffinity(0))
        os.sched_setaffinity(0, cores[-1:])
    torch.set_num_threads(1)


def processor():
    """Return the name of the processor."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    names = [x.split(":")[1].strip() for x in lines if "model name" in x]
    return names[0] if names else platform.machine()


def table(ratios):
    """Return the table in Markdown."""
    lines = ["| what | ratio | smallest | largest |", "|---|---|---|---|"]
    for found in ratios:
        low, high = found.spread
        lines.append(
            f"| {found.name} | {found.median:.2f} | {low:.2f} | {high:.2f} |"
        )
    return "\n".join(lines)


def heading(options):
    """Say where and how the table was measured."""
    known = versions()
    where = f"one core of {processor()}"
    if options.device.type == "cuda":
        where = torch.cuda.get_device_name(options.device)
    return (
        f"Measured on {where}, torch {torch.__version__}, sb_contrastive "
        f"{known['sb_contrastive']}, {options.rounds} rounds."
    )


def write(text):
    """Replace the table of README.md."""
    page = README.read_text(encoding="utf-8")
    before, rest = page.split(BEGIN)
    after = rest.split(END)[1]
    README.write_text(
        f"{before}{BEGIN}\n\n{text}\n\n{END}{after}", encoding="utf-8"
    )


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--only", nargs="+", choices=MEASURES, default=MEASURES)
    parser.add_argument("--peer", help="folder of a clone of sslsv")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--device", type=torch.device, default="cpu")
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    options.device = torch.device(options.device)
    pin()
    retain_freed_memory()
    if options.device.type == "cpu" and not torch.cuda.is_available():
        print("There is no GPU: nothing is measured on one.", file=sys.stderr)
    if options.peer is None:
        print(
            "No peer is compared: give a clone of sslsv by --peer.",
            file=sys.stderr,
        )
    ratios = []
    for name in options.only:
        print(f"measuring {name}", file=sys.stderr)
        found = importlib.import_module(f"ratios.{name}").measure(options)
        ratios += found
    text = f"{heading(options)}\n\n{table(ratios)}"
    print(text)
    if options.write:
        write(text)


if __name__ == "__main__":
    main()
