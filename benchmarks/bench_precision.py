#!/usr/bin/env python3
"""Compares training steps of encoders in bfloat16 with those in float32.

    python benchmarks/bench_precision.py [--encoders ecapa resnet]

An encoder is a YAML of hparams/models/ whose weights need no download. Both
precisions run in turn, forward and backward, on a batch of noise; time is that
of the processor. A line gives the median of each and their ratio, and how far
embeddings in bfloat16 are from those in float32 (the largest 1 - cosine).
"""

import argparse
import statistics
import time
from pathlib import Path

import torch
from hyperpyyaml import load_hyperpyyaml

from sb_contrastive.training.allocator import retain_freed_memory

MODELS = Path(__file__).parents[1] / "hparams" / "models"
ENCODERS = ("ecapa", "xvector", "xvector_multilevel", "resnet")


def embed(encoder, wavs, half):
    """Return embeddings [B, D] in float32."""
    with torch.autocast(wavs.device.type, torch.bfloat16, enabled=half):
        return encoder(wavs).float()


def compare(name, options):
    """Return the seconds of a step in float32 and in bfloat16, and the largest
    distance of embeddings."""
    torch.manual_seed(0)
    encoder = load_hyperpyyaml(f"encoder: !include:{MODELS / name}.yaml")
    encoder = encoder["encoder"].train()
    wavs = 0.1 * torch.randn(options.batch, round(options.seconds * 16000))
    taken = {False: [], True: []}
    for _ in range(1 + options.repeats):
        for half, seconds in taken.items():
            begin = time.process_time()
            embed(encoder, wavs, half).square().mean().backward()
            seconds.append(time.process_time() - begin)
    encoder.eval()
    with torch.no_grad():
        both = [embed(encoder, wavs, half) for half in (False, True)]
    distance = 1 - torch.cosine_similarity(*both).min().item()
    # The first step of each also allocates
    return *(statistics.median(s[1:]) for s in taken.values()), distance


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--encoders", nargs="+", default=ENCODERS)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--seconds", type=float, default=2.0)
    parser.add_argument("--repeats", type=int, default=5)
    options = parser.parse_args()
    retain_freed_memory()
    for name in options.encoders:
        single, half, distance = compare(name, options)
        print(
            f"{name:>18}: {single:.3f} s in float32, {half:.3f} s in bfloat16, "
            f"ratio {half / single:.2f}; 1 - cosine at most {distance:.1e}"
        )


if __name__ == "__main__":
    main()
