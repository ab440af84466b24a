#!/usr/bin/env python3
"""Times an epoch on cached features against one with the frozen encoder in the loop.

    python benchmarks/bench_feature_cache.py [--utterances 16] [--seconds 1.5]

The encoder has the size of HuBERT-base (95 M parameters) and random weights:
they change nothing about the time. The head is a Transformer layer on top of
it, once small and once as wide as the encoder, three layers as in the adapter
system. All of one run is measured one after the other on one core, the audio
is noise in a temporary folder, and the ratio is what counts.
"""

import argparse
import statistics
import tempfile
import time
from pathlib import Path

import numpy as np
import soundfile
import torch
from speechbrain.dataio.dataloader import make_dataloader
from transformers import HubertConfig, HubertModel, Wav2Vec2FeatureExtractor

from sb_contrastive.data.datasets import utterance_dataset
from sb_contrastive.data.feature_cache import FeatureCache
from sb_contrastive.data.feature_datasets import feature_dataset
from sb_contrastive.encoders import HuggingFaceFrames


class Head(torch.nn.Module):
    """A stand-in for the adapter: [B, T, D] -> [B, 4]."""

    def __init__(self, dim, width, layers):
        super().__init__()
        self.project = torch.nn.Linear(dim, width)
        layer = torch.nn.TransformerEncoderLayer(
            width, 4, 2 * width, batch_first=True, norm_first=True
        )
        self.layers = torch.nn.TransformerEncoder(
            layer, layers, enable_nested_tensor=False
        )
        self.output = torch.nn.Linear(width, 4)

    def forward(self, frames, lens):
        T = frames.shape[1]
        valid = torch.arange(T) < torch.round(lens * T)[:, None]  # [B, T]
        z = self.layers(self.project(frames), src_key_padding_mask=~valid)
        return self.output(
            (z * valid[..., None]).sum(1) / valid.sum(1)[:, None]
        )


def corpus(folder, utterances, seconds):
    """Manifest rows of noise, between half and one and a half times as long."""
    rng, rows = np.random.default_rng(0), []
    for i in range(utterances):
        samples = round(16000 * seconds * (0.5 + i / max(utterances - 1, 1)))
        path = folder / f"{i}.wav"
        soundfile.write(path, 0.1 * rng.standard_normal(samples), 16000)
        rows.append(
            {"ID": f"utt{i}", "wav": str(path), "start": 0, "stop": samples}
        )
    return rows


def hubert_base(folder):
    """A randomly initialised model of that size, loaded like any other."""
    HubertModel(HubertConfig()).save_pretrained(folder)
    Wav2Vec2FeatureExtractor(do_normalize=True).save_pretrained(folder)
    return HuggingFaceFrames("hubert", folder)


def epoch(dataset, batch_size, frames_of, head=None):
    """Seconds of one pass, with a training step of the head if there is one."""
    optimizer = head and torch.optim.AdamW(head.parameters())
    start = time.perf_counter()
    for batch in make_dataloader(dataset, batch_size=batch_size):
        frames, lens = frames_of(batch)
        if head is not None:
            head(frames, lens).square().mean().backward()
            optimizer.step()
            optimizer.zero_grad()
    return time.perf_counter() - start


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--utterances", type=int, default=16)
    parser.add_argument("--seconds", type=float, default=1.5)
    parser.add_argument("--batch", type=int, default=8)
    options = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        rows = corpus(folder, options.utterances, options.seconds)
        audio = sum(row["stop"] for row in rows) / 16000
        encoder = hubert_base(folder / "hubert")
        cache = FeatureCache(folder / "cache", encoder)
        start = time.perf_counter()
        cache.build(rows, progressbar=False)
        build = time.perf_counter() - start
        size = cache.file.data.stat().st_size
        print(
            f"{audio:.0f} s of speech, {options.utterances} utterances: built "
            f"in {build:.1f} s, {size / 1e3 / audio:.0f} kB per second"
        )
        live, cached = utterance_dataset(rows), feature_dataset(rows, cache)

        def encoded(batch):
            return encoder.frames(*batch.sig)

        def read(batch):
            return batch.features

        heads = {
            "no head": None,
            "1 layer of 128": Head(cache.dim, 128, 1),
            f"3 layers of {cache.dim}": Head(cache.dim, cache.dim, 3),
        }
        in_loop = epoch(live, options.batch, encoded)
        first = epoch(cached, options.batch, read)
        print(f"first epoch of reading, with checksums: {first:.3f} s")
        for name, head in heads.items():
            own = statistics.median(
                epoch(cached, options.batch, read, head) for _ in range(3)
            )
            if head is not None:
                in_loop = epoch(live, options.batch, encoded, head)
            print(
                f"{name}: encoder in the loop {in_loop:.2f} s, cached "
                f"{own:.3f} s, ratio {in_loop / own:.0f}"
            )


if __name__ == "__main__":
    main()
