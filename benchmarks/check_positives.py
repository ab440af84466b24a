"""Measures how many of the positives that SSPS draws are of the same speaker.

    python benchmarks/check_positives.py --manifest arabic/metadata.csv --split train

Embeddings are those of a model for each file of the manifest, which has the columns
wav and speaker (and split); without a manifest they are made up: a direction for each
speaker, and noise. Speakers are read for judging only.
"""

import argparse
import csv
from pathlib import Path

import numpy as np
import torch

import sb_contrastive
from sb_contrastive.objectives import SSPS, ClusteredMemory, Moment
from sb_contrastive.utterance_memory import UtteranceMemory

SEEDS = 3


def embedded(manifest, split, model):
    """Return embeddings [N, D] of the files of a manifest, and their speakers."""
    with open(manifest, newline="", encoding="utf-8") as file:
        rows = [r for r in csv.DictReader(file) if split in (None, r["split"])]
    model, folder = sb_contrastive.load(model), Path(manifest).parent
    z = [np.asarray(model.embed(str(folder / row["wav"]))) for row in rows]
    return torch.tensor(np.stack(z)), [row["speaker"] for row in rows]


def made_up(speakers=20, each=20, D=32, noise=0.15):
    """Return embeddings [N, D], and their speakers."""
    generator = torch.Generator().manual_seed(0)
    voices = torch.randn(speakers, D, generator=generator)
    z = torch.nn.functional.normalize(voices, dim=1).repeat(each, 1)
    z = z + noise * torch.randn(len(z), D, generator=generator)
    return z, [str(n) for n in range(speakers)] * each


def drawn(z, speakers, clusters, window, seed):
    """Return the figures of one epoch of SSPS that has seen all utterances."""
    groups = ClusteredMemory(
        UtteranceMemory(None, z.shape[1], views=1), clusters, seed=seed
    )
    ssps = SSPS(groups, z.shape[1], window, begins=0.0, seed=seed)
    names = [str(n) for n in range(len(z))]
    rows = [{"ID": n, "spk_id": s} for n, s in zip(names, speakers)]
    ssps.prepare(rows, targets=1, crops=None)
    ssps.note(Moment(0.0, 0, 1, names), z[None], z)
    ssps.begin_epoch(2, epochs=4)
    moment = Moment(0.0, 0, 2, names)
    ssps.note(moment, z[None], z, ssps.draw(moment, z[None]))
    return ssps.figures()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--manifest")
    parser.add_argument("--split")
    parser.add_argument("--model", default="speaker-small")
    options = parser.parse_args()
    if options.manifest:
        z, speakers = embedded(options.manifest, options.split, options.model)
    else:
        z, speakers = made_up()
    z = torch.nn.functional.normalize(z.float(), dim=1)
    S = len(set(speakers))
    print(f"{len(z)} utterances of {S} speakers")
    for clusters in (S // 2, S, 2 * S, 4 * S, 10 * S):
        for window in (0, 1):
            found = [
                drawn(z, speakers, clusters, window, s) for s in range(SEEDS)
            ]
            same, share = (
                np.mean([f[f"positives_{key}"] for f in found])
                for key in ("same_speaker", "replaced")
            )
            print(
                f"{clusters:4d} clusters, window {window}: {share:4.0%} "
                f"replaced, {same:4.0%} of them by the same speaker"
            )
