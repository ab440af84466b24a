#!/usr/bin/env python3
"""What both stages of the adapter cost: from the feature cache, and with the encoder in the loop.

    python benchmarks/bench_adapter.py                           an encoder as HuBERT-base
    python benchmarks/bench_adapter.py --adapter_dim 1024 --width 1024 --layers 1 --seconds 7 --batch 32 --epochs 1 \
        --recompute --stages unadapted                           memory of stage 2 over a large encoder

Runs hparams/adapter_ser.yaml itself, stage 1 and one fold of stage 2, on noise.
The frozen encoder has random weights, which changes nothing about the time. An
epoch with the encoder in the loop is an epoch from the cache and the time to
encode the same audio, which fills the cache at the beginning. One thread.
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
from transformers import HubertConfig, HubertModel, Wav2Vec2FeatureExtractor

from sb_contrastive.brains.peak_memory import peak_memory_gib
from sb_contrastive.experiment import Experiment
from sb_contrastive.stages import frame_cache
from sb_contrastive.stages.corpus import labelled_rows

SPEAKERS, CLASSES = 8, ("ang", "hap", "neu", "sad")
RATE = 16000


def write_corpus(folder, utterances, seconds):
    """Manifest of noise, between half and one and a half times as long."""
    rng, rows = np.random.default_rng(0), []
    for i in range(utterances):
        samples = round(RATE * seconds * (0.5 + i / max(utterances - 1, 1)))
        path = folder / f"{i}.wav"
        soundfile.write(path, 0.1 * rng.standard_normal(samples), RATE)
        speaker = i // len(CLASSES) % SPEAKERS
        rows.append((path, f"s{speaker}", CLASSES[i % len(CLASSES)], speaker))
    with open(folder / "all.csv", "w", newline="") as file:
        csv.writer(file).writerows([("wav", "spk_id", "label", "fold"), *rows])
    return folder / "all.csv"


def write_hubert(folder, width, layers):
    """A model of that size, loaded like any other."""
    config = HubertConfig(
        hidden_size=width,
        intermediate_size=4 * width,
        num_attention_heads=width // 64,
        num_hidden_layers=layers,
    )
    HubertModel(config).save_pretrained(folder)
    Wav2Vec2FeatureExtractor(do_normalize=True).save_pretrained(folder)
    return folder


def make_experiment(options, folder):
    manifest = write_corpus(folder, options.utterances, options.seconds)
    hubert = write_hubert(folder / "hubert", options.width, options.layers)
    dim = options.adapter_dim
    values = {
        "output_folder": folder / "out",
        "manifest": manifest,
        "unlabelled": manifest,
        "encoder": "hubert",
        "wav2vec2_hub": hubert,
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
        "check_from": 2,  # noise teaches nothing
    }
    text = "\n".join(f"{key}: {value}" for key, value in values.items())
    return Experiment("hparams/adapter_ser.yaml", text)


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
    torch.set_num_threads(1)
    torch.manual_seed(0)
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        experiment = make_experiment(options, folder)
        rows = labelled_rows(experiment)
        audio = sum(float(row["duration"]) for row in rows)
        start = time.perf_counter()
        frame_cache(experiment, rows)
        encoding = (time.perf_counter() - start) / len(rows)
        print(
            f"{len(rows)} utterances, {audio:.0f} s; encoding them takes "
            f"{encoding * len(rows):.1f} s, peak {peak_memory_gib('cpu'):.1f} GiB"
        )
        for stage in options.stages:
            place = experiment.folder / f"labels_100/{stage}/fold_0/finetune"
            if stage == "adapt":
                place = experiment.folder / stage
            experiment.hparams[stage](experiment, stage)
            log = json.loads((place / "log.json").read_text())
            own = 1 / log["utterances_per_second"]
            print(
                f"{stage}: {log['trainable_parameters'] / 1e6:.2f} M parameters, "
                f"{own * len(rows):.2f} s an epoch of all from the cache, "
                f"{(own + encoding) * len(rows):.1f} s with the encoder in the "
                f"loop, ratio {1 + encoding / own:.0f}; peak "
                f"{log['peak_memory_gib']:.1f} GiB"
            )


if __name__ == "__main__":
    main()
