"""Crops of utterances that training never hears, and what they tell of an encoder without labels."""

import numpy as np
import torch

from sb_contrastive.data.randomness import shuffled
from sb_contrastive.distributed import gather_dict, rank, world_size
from sb_contrastive.evaluation.embeddings.label_free.measures import (
    LEAST,
    label_free_measures,
)
from sb_contrastive.evaluation.verification.segments import (
    cut_segments,
    segment_starts,
)
from sb_contrastive.training.steps.views import stacked_views

MOST = 200  # utterances: 100 MB of crops
CROPS = 4  # of an utterance, evenly spaced
SECONDS = 2.0
TOGETHER = 8  # utterances in a pass of the encoder
EPOCH = 1  # of the augmentation, whose first banks are in memory


def watched(rows):
    """Choose the held-out utterances to look at, by their names alone.

    Arguments
    ---------
    rows : list of dict
        Manifest rows that training does not use.

    Returns
    -------
    list of dict
        At most 200; none where there are fewer than four.
    """
    if len(rows) < LEAST:
        return []
    known = {row["ID"]: row for row in rows}
    return [known[name] for name in shuffled(known)[:MOST]]


class HeldOutCrops:
    """Holds four crops of two seconds of each of some utterances. They are the
    same in every epoch, whatever the objective looks at.

    Each crop is augmented once, by a key of its own: without that, the channel
    of a recording would tell its crops from those of all others. Of several
    processes each holds the crops of some passes.

    Arguments
    ---------
    rows : list of dict
        Manifest rows that training does not use, four or more.
    augmentation : callable, optional
        (crops [N, S], ids, views, epoch) -> crops, prepared.
    cache : FeatureCache, optional
        Frames of a frozen encoder, where these are trained on.
    device : str or torch.device
        Where augmentation and encoder are.
    sample_rate : int
        Samples per second.
    """

    def __init__(
        self,
        rows,
        augmentation=None,
        cache=None,
        device="cpu",
        sample_rate=16000,
    ):
        self.device = device
        chosen = watched(rows)
        passes = [
            chosen[n : n + TOGETHER] for n in range(0, len(chosen), TOGETHER)
        ]
        self.passes = {}  # number of the pass: crops [CROPS * B, ...]
        for number in range(rank(), len(passes), world_size()):
            part = passes[number]
            if cache is None:
                length = round(SECONDS * sample_rate)
                cut = [cut_segments(row, CROPS, length) for row in part]
                crops = torch.from_numpy(np.stack(cut))  # [B, CROPS, S]
            else:
                crops = torch.stack([_cut_frames(cache, row) for row in part])
                augmentation = None  # it is for waveforms
            self.passes[number] = stacked_views(
                crops.to(device), [r["ID"] for r in part], augmentation, EPOCH
            ).cpu()

    def __call__(self, brain):
        """Measure the encoder that a Brain keeps, see `figures`."""
        return self.figures(brain.embed_held_out)

    @torch.no_grad()
    def figures(self, embed):
        """Measure an encoder.

        Arguments
        ---------
        embed : callable
            Crops [N, S], or frames [N, T, D], -> embeddings [N, D], in
            evaluation mode.

        Returns
        -------
        dict of str to float
            See `label_free_measures`; the same on all processes.
        """
        own = {
            number: embed(crops.to(self.device))
            .float()
            .cpu()
            .unflatten(0, (CROPS, -1))
            .transpose(0, 1)
            for number, crops in self.passes.items()
        }
        every = gather_dict(own)
        return label_free_measures(torch.cat([every[n] for n in sorted(every)]))


def _cut_frames(cache, row):
    """Cut cached frames of an utterance into crops [CROPS, T, D]."""
    frames = cache.crop(row["ID"], 0, None)
    length = round(SECONDS * cache.frame_rate)
    starts = segment_starts(len(frames), length, CROPS)
    places = torch.from_numpy(starts)[:, None] + torch.arange(length)
    return frames[places % len(frames)]  # a short utterance is repeated
