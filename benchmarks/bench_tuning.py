#!/usr/bin/env python3
"""Compares training steps of a pretrained encoder that is frozen, partly tuned, adapted or tuned whole.

    python benchmarks/bench_tuning.py [--hub models/whisper-tiny.en] [--precision bf16]
    python benchmarks/bench_tuning.py --ways cached top_k  # compared with the last of them

The encoder is Whisper's; without `--hub` it has the size of Whisper tiny and
random weights, which take the same time. All ways run in turn, several times,
each in its own process, on crops of 2 s. "cached" is top_k on frames of the
frozen layers, as with `cache_frozen`; they are in memory, as the audio is. Time
is that of the processor. Memory is what a step keeps for the backward pass,
with the gradients and the averages of AdamW; the pretrained weights, which all
ways need, do not count.
"""

import argparse
import statistics
import tempfile
import time

import torch
from own_process import alone
from transformers import WhisperConfig, WhisperModel

from sb_contrastive.encoders import Tuning, WhisperFrames
from sb_contrastive.encoders.pretrained.lower_frames import lower_frames
from sb_contrastive.training.allocator import retain_freed_memory

WAYS = ("none", "cached", "top_k", "lora", "houlsby", "all")


def random_whisper(width):
    """Write a Whisper of 4 layers with random weights; return its folder."""
    config = WhisperConfig(
        d_model=width,
        encoder_attention_heads=6,
        encoder_ffn_dim=4 * width,
        decoder_layers=1,
        decoder_attention_heads=6,
        decoder_ffn_dim=width,
    )
    folder = tempfile.mkdtemp(prefix="whisper-")
    WhisperModel(config).save_pretrained(folder)
    return folder


def kept_for_backward(forward, weights):
    """Run a forward pass; return the bytes that it keeps beside the weights."""
    known = {w.untyped_storage().data_ptr() for w in weights}
    kept = {}

    def note(tensor):
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in known:
            kept[storage.data_ptr()] = storage.nbytes()
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(note, lambda t: t):
        forward()
    return sum(kept.values())


def steps(options, hub, way):
    """Measure the processor seconds of a step, the memory that it needs, and the
    number of weights that it trains."""
    retain_freed_memory()
    torch.manual_seed(0)
    tune = "top_k" if way == "cached" else way
    tuning = Tuning(tune, recompute=options.recompute)
    encoder = WhisperFrames(hub, "all", tuning).train()
    classifier = torch.nn.Linear(encoder.frame_dim, 8)
    parameters = [*encoder.parameters(), *classifier.parameters()]
    optimizer = torch.optim.AdamW(parameters)
    wavs = 0.1 * torch.randn(options.batch, round(options.seconds * 16000))
    kept = lower_frames(encoder)(wavs) if way == "cached" else None

    def forward():
        half = options.precision == "bf16"
        with torch.autocast("cpu", torch.bfloat16, enabled=half):
            frames = encoder(wavs) if kept is None else encoder.upper(kept)
            return classifier(frames.mean(dim=1)).square().mean()

    def step():
        loss = forward()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

    fixed = encoder.tuned.fixed.tensors.values() if encoder.tuned else []
    memory = kept_for_backward(forward, [*parameters, *fixed])
    step()
    start = time.process_time()
    for _ in range(options.steps):
        step()
    taken = (time.process_time() - start) / options.steps
    trained = sum(p.numel() for p in encoder.parameters())
    # The gradient, and two averages of it
    gib = (memory + 12 * trained) / 2**30
    return {"s": taken, "gib": gib, "trained": trained}


def main():
    """Run all ways in turn and print a line for each."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--hub")
    parser.add_argument("--width", type=int, default=384)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--seconds", type=float, default=2.0)
    parser.add_argument("--precision", choices=("fp32", "bf16"), default="fp32")
    parser.add_argument("--recompute", action="store_true")
    parser.add_argument("--ways", nargs="+", choices=WAYS, default=WAYS)
    parser.add_argument("--steps", type=int, default=5)
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args()
    hub = options.hub or random_whisper(options.width)
    found = {way: [] for way in options.ways}
    for _ in range(options.repeats):
        for way, measured in found.items():
            measured.append(alone(steps, options, hub, way))
    middle = {
        way: {
            name: statistics.median(m[name] for m in measured)
            for name in measured[0]
        }
        for way, measured in found.items()
    }
    for way, of in middle.items():
        time_ratio, memory_ratio = (
            of[name] / middle[options.ways[-1]][name] for name in ("s", "gib")
        )
        print(
            f"{way:>8}: {of['trained'] / 1e6:.2f} M trained, {of['s']:.2f} s, "
            f"{of['gib']:.2f} GiB; of {options.ways[-1]}: time {time_ratio:.2f}, memory "
            f"{memory_ratio:.2f}"
        )


if __name__ == "__main__":
    main()
