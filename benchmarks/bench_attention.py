#!/usr/bin/env python3
"""Compares time and memory of the adapter's Transformer layers with PyTorch's.

    python benchmarks/bench_attention.py                               the sizes of hparams/adapter_ser.yaml
    python benchmarks/bench_attention.py --dim 1024 --heads 16 --feedforward 2048 --frames 500 --repeats 1

PyTorch's own layers apply dropout to attention weights, so that a CPU has no
fused kernel, and take another path without gradient. Each kind of layer runs in
one thread of its own process. Its memory is the peak of that process minus the
peak before the first step.
"""

import argparse
import time

import torch
from own_process import alone

from sb_contrastive.adapter.transformer_layer import TransformerLayer
from sb_contrastive.brains.logs.peak_memory import peak_memory_gib

LAYERS = 3


def layers(kind, options):
    sizes = (options.dim, options.heads, options.feedforward)
    if kind == "ours":
        made = [TransformerLayer(*sizes) for _ in range(LAYERS)]
    else:
        made = [
            torch.nn.TransformerEncoderLayer(
                *sizes, 0.1, "gelu", batch_first=True, norm_first=True
            )
            for _ in range(LAYERS)
        ]
    return torch.nn.ModuleList(made)


def apply(network, x, valid):
    for layer in network:
        if isinstance(layer, TransformerLayer):
            x = layer(x, valid)
        else:
            x = layer(x, src_key_padding_mask=~valid)
    return x


def measure(kind, options):
    """Return the seconds of a training step and of a pass without gradient, and
    the GiB that both need."""
    torch.set_num_threads(1)
    network = layers(kind, options)
    x = torch.randn(options.batch, options.frames, options.dim)
    lengths = torch.linspace(0.5, 1, options.batch) * options.frames
    valid = torch.arange(options.frames) < lengths[:, None]
    before = peak_memory_gib("cpu")

    def train():
        network.train()
        apply(network, x, valid)[valid].square().mean().backward()

    @torch.no_grad()
    def teacher():
        network.eval()
        apply(network, x, valid)

    seconds = []
    for step in (train, teacher):
        step()
        start = time.perf_counter()
        for _ in range(options.repeats):
            step()
        seconds.append((time.perf_counter() - start) / options.repeats)
    return *seconds, peak_memory_gib("cpu") - before


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--dim", type=int, default=64)
    parser.add_argument("--heads", type=int, default=4)
    parser.add_argument("--feedforward", type=int, default=128)
    parser.add_argument("--frames", type=int, default=200, help="20 ms each")
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--repeats", type=int, default=5)
    options = parser.parse_args()
    found = {}
    for kind in ("PyTorch's", "ours"):
        found[kind] = alone(measure, kind, options)
        train, teacher, memory = found[kind]
        print(
            f"{kind:10} step {train:.3f} s, without gradient {teacher:.3f} s, "
            f"{memory:.2f} GiB"
        )
    ratios = [a / b for a, b in zip(found["PyTorch's"], found["ours"])]
    print("ratios     step {:.1f}, without gradient {:.1f}".format(*ratios))


if __name__ == "__main__":
    main()
