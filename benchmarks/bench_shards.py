#!/usr/bin/env python3
"""Compares reading crops of 2 s from shards with reading them from files of their own.

    python benchmarks/bench_shards.py [--files 500] [--seconds 8]

Files are WAV or FLAC, each read once, in a random order, as in an epoch. Both
ways run in turn, several times, on files that the memory of the system holds,
so that the processor's time is compared and not a disk. A line gives the median
milliseconds of a crop and their ratio.
"""

import argparse
import statistics
import tempfile
import time
from pathlib import Path

import numpy as np
import soundfile

from sb_contrastive.data.audio.reading import DecodedFiles
from sb_contrastive.data.manifests.folder_scan import scan_folder
from sb_contrastive.data.manifests.manifest import read_manifest
from sb_contrastive.data.shards.packing import pack

CROP = 2 * 16000


def write_files(folder, options, kind):
    """Write files of noise with the spectrum of speech, about."""
    rng = np.random.default_rng(0)
    folder.mkdir()
    for i in range(options.files):
        audio = rng.standard_normal(round(options.seconds * 16000)).cumsum()
        audio = 0.5 * (audio - audio.mean()) / np.abs(audio).max()
        soundfile.write(folder / f"{i:05}.{kind}", audio, 16000, "PCM_16")


def milliseconds(rows):
    """Read a crop of each row; return the processor time of one."""
    files = DecodedFiles(budget=0)  # nothing is kept
    order = np.random.default_rng(1).permutation(len(rows))
    begin = time.process_time()
    for i in order:
        start = (rows[i]["stop"] - CROP) // 2
        files.read(rows[i]["wav"], start, start + CROP)
    return 1000 * (time.process_time() - begin) / len(rows)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--files", type=int, default=500)
    parser.add_argument("--seconds", type=float, default=8.0)
    parser.add_argument("--repeats", type=int, default=7)
    options = parser.parse_args()
    for kind in ("wav", "flac"):
        with tempfile.TemporaryDirectory() as place:
            folder = Path(place, "files")
            write_files(folder, options, kind)
            rows = scan_folder(folder)
            pack(rows, Path(place, "packed"))
            both = {
                "files": rows,
                "shards": read_manifest(Path(place, "packed", "manifest.csv")),
            }
            taken = {name: [] for name in both}
            for _ in range(options.repeats):
                for name, listed in both.items():
                    taken[name].append(milliseconds(listed))
        files, shards = (statistics.median(t) for t in taken.values())
        print(
            f"{kind}: {files:.3f} ms from files, {shards:.3f} ms from shards, "
            f"ratio {shards / files:.2f}"
        )


if __name__ == "__main__":
    main()
