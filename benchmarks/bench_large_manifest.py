#!/usr/bin/env python3
"""Measures what an experiment takes, in processor time and memory, before it trains on a large manifest.

    python benchmarks/bench_large_manifest.py --rows 1100000 --files 1000
    python benchmarks/bench_large_manifest.py --rows 100000 1000000 10000000 --files 1000 --plot growth.png

The manifest is like that of VoxCeleb2's development part. Its rows are parts of
`--files` files, which are links to one short file, so that a disk plays no
part; headers of a million files, on a slow one, take longer. The experiment is
`hparams/dino_sv.yaml`, and it ends when its first batch would be read. It
starts in a process of its own, twice in the same output folder: when it
prepares the manifest, and when it finds it prepared. Then a process is forked,
as those that read audio are, and asks for rows at random: what it has in memory
for itself alone is what each such process takes.
"""

import argparse
import contextlib
import gc
import os
import random
import resource
import shutil
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import soundfile
from own_process import alone

from sb_contrastive.brains.base import TrainingBrain
from sb_contrastive.evaluation.plots.figure import (
    COLOURS,
    FAINT,
    MARKERS,
    dress,
    new_figure,
    save,
)
from sb_contrastive.experiment import Experiment

HPARAMS = Path(__file__).parents[1] / "hparams"
SPEAKERS, VIDEOS = 5994, 150_000  # of VoxCeleb2, whatever the number of rows
SECONDS = 4  # of each row
LINKS = 30_000  # to one file: file systems have a limit
READ = 100_000  # rows that a forked process asks for


def write_corpus(folder, rows, files):
    """Write the audio files and their manifest."""
    samples = SECONDS * 16000
    spans = 1000  # different parts of a file
    noise = 0.1 * np.random.default_rng(0).standard_normal(samples + spans)
    first = folder / "audio.wav"
    soundfile.write(first, noise, 16000)
    for number in range(1, files):
        path = folder / _path(number)
        path.parent.mkdir(parents=True, exist_ok=True)
        if number % LINKS:
            os.link(first, path)
        else:
            shutil.copy(first, path)
            first = path
    with open(folder / "rows.csv", "w") as file:
        file.write("ID,duration,wav,start,stop,spk_id,session\n")
        for i in range(rows):
            video = i * VIDEOS // rows
            speaker = f"id{video * SPEAKERS // VIDEOS:05d}"
            start = i % spans
            file.write(
                f"{speaker}--video{video:06d}--{i:07d},{float(SECONDS)},"
                f"$data_root/{_path(i % files)},{start},{start + samples},"
                f"{speaker},video{video:06d}\n"
            )


def _path(number):
    """Name a file; no folder has more than a thousand."""
    if not number:
        return "audio.wav"
    return f"wav/{number // 1000:05d}/audio{number:07d}.wav"


class FirstBatch(TrainingBrain):
    """Stands for a Brain, and ends the process when it should train."""

    augmentation = crops = None
    views, device = ["long"], "cpu"

    def __init__(self, **options):
        pass

    def pretrained_encoder(self):
        return None

    def watch(self, *watchers, choose):
        pass

    def fit(self, counter, train, valid, **options):
        print(f"{len(train)} rows to train on, {len(valid)} held out")
        if os.path.exists(OWN_MEMORY):
            fork_reader(train)
        raise SystemExit


OWN_MEMORY = "/proc/self/smaps_rollup"


def fork_reader(dataset):
    """Fork a process that asks for rows, and print what memory it takes."""
    dataset.set_output_keys(["id", "wav", "start", "stop"])
    gc.collect()
    sys.stdout.flush()
    child = os.fork()
    if child:
        os.waitpid(child, 0)
        return
    before = own_memory()
    draw = random.Random(0)
    for _ in range(READ):
        dataset[draw.randrange(len(dataset))]
    gc.collect()
    print(
        f"a forked process that asked for {READ} rows has "
        f"{own_memory() - before:.0f} MB more for itself alone"
    )
    sys.stdout.flush()
    os._exit(0)


def own_memory():
    """Return the megabytes of this process that no other one shares."""
    lines = Path(OWN_MEMORY).read_text().splitlines()
    private = [line.split() for line in lines if line.startswith("Private_")]
    return sum(int(words[1]) for words in private) / 1e3


def start(folder):
    """Start the experiment, and return its processor seconds and peak in MB."""
    values = (
        f"output_folder: {folder}/results\n"
        f"manifest: {folder}/rows.csv\n"
        f"data_root: {folder}\n"
        "stages: [pretrain]\n"
        "pretraining_brain: !name:bench_large_manifest.FirstBatch\n"
    )
    before = time.process_time()
    with contextlib.suppress(SystemExit):
        Experiment(HPARAMS / "dino_sv.yaml", values).run()
    seconds = time.process_time() - before
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
    return seconds, peak


def draw(measured, path, files):
    """Draw time and memory over the number of rows, and a straight line through
    the last point of each time: what grows in proportion follows it.

    Arguments
    ---------
    measured : dict of str to list of tuple
        Start -> its (rows, seconds, MB).
    path : str
        Of the picture.
    files : int
        How many files the rows are parts of.
    """
    note = f"hparams/dino_sv.yaml until its first batch; rows of {files} files"
    figure = new_figure(8, 3.6, "Start of an experiment", note)
    panels = figure.subplots(1, 2)
    for axes, place, heading in zip(
        panels, (1, 2), ("Processor time, s", "Peak of the process, MB")
    ):
        for (what, points), colour, marker in zip(
            measured.items(), COLOURS, MARKERS
        ):
            rows = [point[0] for point in points]
            found = [point[place] for point in points]
            axes.loglog(rows, found, marker + "-", color=colour, label=what)
            if place == 1:
                straight = [found[-1] * r / rows[-1] for r in rows]
                axes.loglog(rows, straight, ":", color=FAINT)
        axes.set_xlabel("rows")
        dress(axes, heading)
    panels[0].legend(frameon=False, fontsize=8)
    save(figure, path)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, nargs="+", default=[1_100_000])
    parser.add_argument("--files", type=int, default=100_000)
    parser.add_argument("--plot", help="a picture of time and memory by rows")
    options = parser.parse_args()
    measured = {}
    for rows in options.rows:
        with tempfile.TemporaryDirectory() as folder:
            write_corpus(Path(folder), rows, min(options.files, rows))
            for what in ("first start", "start again"):
                seconds, peak = alone(start, folder)
                measured.setdefault(what, []).append((rows, seconds, peak))
                print(
                    f"{what}, {rows} rows: {seconds:.1f} s of processor "
                    f"time, peak of the process {peak:.0f} MB",
                    flush=True,
                )
    if options.plot:
        draw(measured, options.plot, options.files)


if __name__ == "__main__":
    main()
