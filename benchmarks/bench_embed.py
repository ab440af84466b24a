"""Measures `embed` on many short files.

    python benchmarks/bench_embed.py [--encoder hparams/models/ecapa.yaml] [--seconds 0.5 1 1.5]

It writes the files, and an encoder with random weights, to a temporary folder,
runs the command in this process on one thread, and prints processor seconds.
"""

import argparse
import os
import tempfile
import time
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import soundfile
import torch
from hyperpyyaml import load_hyperpyyaml

from sb_contrastive.command_line import main
from sb_contrastive.export import export_encoder

ENCODER = Path(__file__).parents[1] / "hparams/models/ecapa.yaml"


def write_files(folder, count, seconds):
    """Write files of coloured noise, of each length as many."""
    rng = np.random.default_rng(0)
    for i in range(count):
        wav = rng.standard_normal(round(seconds[i % len(seconds)] * 16000))
        wav = wav.cumsum()
        wav = 0.5 * (wav - wav.mean()) / np.abs(wav).max()
        soundfile.write(folder / f"{i:05}.wav", wav, 16000, subtype="PCM_16")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--encoder", default=ENCODER)
    parser.add_argument("--files", type=int, default=5000)
    parser.add_argument("--seconds", nargs="+", type=float, default=[3.0])
    options = parser.parse_args()
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as place:
        wavs = Path(place, "wavs")
        wavs.mkdir()
        write_files(wavs, options.files, options.seconds)
        yaml = Path(options.encoder).absolute()
        encoder = load_hyperpyyaml(f"encoder: !include:{yaml}")["encoder"]
        model = export_encoder(
            Path(place, "model"), yaml, encoder, {"title": "Random weights"}
        )
        out = Path(place, "embeddings.npz")
        words = [str(model), str(wavs), "-o", str(out), "--device", "cpu"]
        began, processor = time.perf_counter(), time.process_time()
        main(["embed", *words])
        print(
            f"{options.files} files: {time.process_time() - processor:.1f} s of "
            f"processor time, {time.perf_counter() - began:.1f} s"
        )
