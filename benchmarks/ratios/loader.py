"""Loading a batch of crops against a training step on it: what a loader in the same process would add to the step."""

import tempfile
from pathlib import Path

import numpy as np
import soundfile
import torch
from bench_precision import MODELS
from hyperpyyaml import load_hyperpyyaml
from speechbrain.dataio.dataloader import SaveableDataLoader

from ratios.interleaved import ratio, seconds_of
from sb_contrastive.data.manifests.folder_scan import scan_folder
from sb_contrastive.data.manifests.manifest import read_manifest
from sb_contrastive.data.shards.packing import pack
from sb_contrastive.data.views.crops import RandomCrops
from sb_contrastive.data.views.datasets import crop_dataset

BATCH, CROP, LENGTH = 64, 2.0, 10.0  # utterances; seconds of a crop and a file


def measure(options):
    """Return one ratio for each kind of audio."""
    torch.manual_seed(0)
    encoder = load_hyperpyyaml(f"encoder: !include:{MODELS / 'ecapa'}.yaml")
    encoder = encoder["encoder"].to(options.device).train()
    wavs = 0.1 * torch.randn(2 * BATCH, round(CROP * 16000))
    wavs = wavs.to(options.device)

    def step():
        encoder(wavs).square().mean().backward()
        encoder.zero_grad()

    with tempfile.TemporaryDirectory() as place:
        ways = {"step": step}
        for kind in ("wav", "flac"):
            write(Path(place, kind), kind)
            rows = scan_folder(Path(place, kind))
            ways[kind] = epoch(rows)
        pack(rows, Path(place, "shards"))
        ways["shards of flac"] = epoch(
            read_manifest(Path(place, "shards", "manifest.csv"))
        )
        taken = seconds_of(ways, options.rounds)
    # A process keeps short FLAC files decoded, as far as its memory for them goes
    what = f"{BATCH} utterances x 2 crops of {CROP:.0f} s, after the first epoch, from"
    return [
        ratio(f"{what} {kind}: load / step of ecapa, fp32", taken, kind, "step")
        for kind in ways
        if kind != "step"
    ]


def write(folder, kind):
    """Write one batch of files of noise."""
    rng = np.random.default_rng(0)
    folder.mkdir()
    for number in range(BATCH):
        audio = 0.1 * rng.standard_normal(round(LENGTH * 16000))
        soundfile.write(folder / f"{number}.{kind}", audio, 16000, "PCM_16")


def epoch(rows):
    """Return a function that loads one batch of new crops."""
    crops = RandomCrops([2], [CROP], seed=0)
    loader = SaveableDataLoader(
        crop_dataset(rows, crops, ["crops"]), batch_size=BATCH
    )

    def load():
        crops.epoch += 1
        for _ in loader:
            pass

    return load
