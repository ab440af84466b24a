#!/usr/bin/env python3
"""Measures both stages of the adapter, from the feature cache and with the encoder in the loop.

    python benchmarks/bench_adapter.py                           an encoder of the size of HuBERT-base
    python benchmarks/bench_adapter.py --adapter_dim 1024 --width 1024 --layers 1 --seconds 7 --batch 32 --epochs 1 \
        --recompute --stages unadapted                           memory of stage 2 over a large encoder

It runs hparams/adapter_ser.yaml itself, stage 1 and one fold of stage 2, on
noise and in one thread. The frozen encoder has random weights, which does not
change the time. The time of an epoch with the encoder in the loop is that of an
epoch from the cache plus the time to encode the same audio, which is measured
when the cache is filled.
"""

import argparse
import csv
import json
import tempfile
import time
from pathlib import Path

import numpy as np
import soundfile
import torch
from own_process import alone
from transformers import HubertConfig, HubertModel, Wav2Vec2FeatureExtractor

from sb_contrastive.brains.logs.peak_memory import peak_memory_gib
from sb_contrastive.experiment import Experiment
from sb_contrastive.rows.labelled import labelled_rows
from sb_contrastive.stages import frame_cache

SPEAKERS, CLASSES = 8, ("ang", "hap", "neu", "sad")
RATE = 16000
ROOT = Path(__file__).parents[1]


def write_corpus(folder, utterances, seconds):
    """Write noise, from half to one and a half times `seconds` long, and its manifest."""
    rng, rows = np.random.default_rng(0), []
    for i in range(utterances):
        samples = round(RATE * seconds * (0.5 + i / max(utterances - 1, 1)))
        path = folder / f"{i}.wav"
        soundfile.write(path, 0.1 * rng.standard_normal(samples), RATE)
        speaker = i // len(CLASSES) % SPEAKERS
        rows.append((path, f"s{speaker}", CLASSES[i % len(CLASSES)], speaker))
    with open(folder / "all.csv", "w", newline="") as file:
        csv.writer(file).writerows([("wav", "spk_id", "label", "fold"), *rows])


def write_hubert(folder, width, layers):
    """Write a checkpoint of that size, which is loaded like any other."""
    config = HubertConfig(
        hidden_size=width,
        intermediate_size=4 * width,
        num_attention_heads=width // 64,
        num_hidden_layers=layers,
    )
    HubertModel(config).save_pretrained(folder)
    Wav2Vec2FeatureExtractor(do_normalize=True).save_pretrained(folder)


def make_experiment(options, folder, stage):
    manifest, hubert = folder / "all.csv", folder / "hubert"
    dim = options.adapter_dim
    values = {
        "output_folder": folder / "out",
        "stages": f"[{stage}]",
        "manifest": manifest,
        "unlabelled": manifest,
        "encoder": "hubert",
        "hub": hubert,
        "adapter_dim": dim,
        "adapter": f"{{heads: {max(dim // 64, 4)}, feedforward: {2 * dim}, "
        f"recompute: {options.recompute}}}",
        "prepare": "null",
        "trim_silence_db": 0,
        "pretrain_batch_size": options.batch,
        "batch_size": options.batch,
        "pretrain_validation_share": 0.1,
        "fold": 0,
        "adapt": f"{{epochs: {options.epochs}, least_steps: 1}}",
        "finetune": f"{{epochs: {options.epochs}, least_steps: 1}}",
        "check_from": options.epochs + 1,  # noise always collapses
    }
    text = "\n".join(f"{key}: {value}" for key, value in values.items())
    return Experiment(ROOT / "hparams/adapter_ser.yaml", text)


def encode(options, folder):
    """Return the number of utterances, their seconds of audio, the seconds that
    encoding them takes, and the peak memory in GiB."""
    torch.set_num_threads(1)
    experiment = make_experiment(options, folder, "adapt")
    rows = experiment.call(labelled_rows)
    start = time.perf_counter()
    experiment.call(frame_cache, rows)
    seconds = time.perf_counter() - start
    audio = sum(float(row["duration"]) for row in rows)
    return len(rows), audio, seconds, peak_memory_gib("cpu")


def train(options, folder, stage):
    """Run a stage whose frames are in the cache, and return its log."""
    torch.set_num_threads(1)
    experiment = make_experiment(options, folder, stage)
    place = experiment.folder / f"labels_100/{stage}/fold_0/finetune"
    if stage == "adapt":
        place = experiment.folder / stage
    experiment.run()
    return json.loads((place / "log.json").read_text())


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--utterances", type=int, default=48)
    parser.add_argument("--seconds", type=float, default=1.5)
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--adapter_dim", type=int, default=64)
    parser.add_argument("--width", type=int, default=768)
    parser.add_argument("--layers", type=int, default=12)
    parser.add_argument("--recompute", action="store_true")
    parser.add_argument("--stages", nargs="+", default=["adapt", "adapted"])
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        write_corpus(folder, options.utterances, options.seconds)
        write_hubert(folder / "hubert", options.width, options.layers)
        count, audio, seconds, peak = alone(encode, options, folder)
        print(
            f"{count} utterances, {audio:.0f} s; encoding them takes "
            f"{seconds:.1f} s, peak {peak:.1f} GiB"
        )
        for stage in options.stages:
            log = alone(train, options, folder, stage)
            own = count / log["utterances_per_second"]
            print(
                f"{stage}: {log['trainable_parameters'] / 1e6:.2f} M parameters, "
                f"{own:.2f} s an epoch of all from the cache, "
                f"{own + seconds:.1f} s with the encoder in the loop, ratio "
                f"{1 + seconds / own:.0f}; peak {log['peak_memory_gib']:.1f} GiB"
            )


if __name__ == "__main__":
    main()
