#!/usr/bin/env python3
"""Measures what an experiment takes, in processor time and memory, before it trains on a large manifest.

    python benchmarks/bench_large_manifest.py --rows 1100000

The manifest is like that of VoxCeleb2's development part. All of its rows are
of one short file, of which each is another part, so that nothing but the
manifest grows; headers of a million files, on a slow disk, take longer. The
experiment is `hparams/dino_sv.yaml`, and it ends when its first batch would be
read. It starts in a process of its own, twice in the same output folder: when
it prepares the manifest, and when it finds it prepared.
"""

import argparse
import contextlib
import resource
import tempfile
import time
from pathlib import Path

import numpy as np
import soundfile
from own_process import alone

from sb_contrastive.brains.base import TrainingBrain
from sb_contrastive.experiment import Experiment

HPARAMS = Path(__file__).parents[1] / "hparams"
SPEAKERS, VIDEOS = 5994, 150_000  # of VoxCeleb2, whatever the number of rows
SECONDS = 4  # of each row


def write_corpus(folder, rows):
    """Write the audio file and its manifest."""
    samples = SECONDS * 16000
    spans = 1000  # different parts of the file
    noise = 0.1 * np.random.default_rng(0).standard_normal(samples + spans)
    soundfile.write(folder / "audio.wav", noise, 16000)
    with open(folder / "rows.csv", "w") as file:
        file.write("ID,duration,wav,start,stop,spk_id,session\n")
        for i in range(rows):
            video = i * VIDEOS // rows
            speaker = f"id{video * SPEAKERS // VIDEOS:05d}"
            start = i % spans
            file.write(
                f"{speaker}--video{video:06d}--{i:07d},{float(SECONDS)},"
                f"$data_root/audio.wav,{start},{start + samples},"
                f"{speaker},video{video:06d}\n"
            )


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
        raise SystemExit


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


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=1_100_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        write_corpus(Path(folder), options.rows)
        for what in ("first start", "start again"):
            seconds, peak = alone(start, folder)
            print(
                f"{what}, {options.rows} rows: {seconds:.1f} s of processor "
                f"time, peak of the process {peak:.0f} MB"
            )


if __name__ == "__main__":
    main()
