"""Gives back what a `Model` computes: one array, a mapping, or a stream of pairs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypedDict

import numpy as np
import torch

from sb_contrastive.inference.preparation import prepared
from sb_contrastive.inference.sources import NAME, find_utterances

File = str | Path
Waveform = np.ndarray | torch.Tensor
Several = list[Any] | tuple[Any, ...]
Results = dict[str, np.ndarray]
Stream = Iterator[tuple[str, np.ndarray]]


class Reading(TypedDict, total=False):
    """The options of a `Model` that say how audio is read."""

    sample_rate: int | None
    trim_silence_db: float | None
    on_bad_audio: str
    data_root: File | None
    progress: bool | None


class Embedding(Reading, total=False):
    """The options of `Model.embed`."""

    segments: str


class Classifying(Reading, total=False):
    """The options of `Model.classify`."""

    chunk_seconds: float | None


def answers(
    model,
    x,
    compute,
    stream=False,
    sample_rate=None,
    trim_silence_db=None,
    on_bad_audio="stop",
    data_root=None,
):
    """Find and prepare recordings, and name what is computed of them.

    Arguments
    ---------
    model : Model
        Says how they are prepared.
    x, stream, sample_rate, trim_silence_db, on_bad_audio, data_root
        See `Model.embed`.
    compute : callable
        Prepared rows -> pairs of the next rows [b] and their arrays [b, ...].

    Returns
    -------
    numpy.ndarray, dict or iterator
        See `Model.embed`.
    """
    rows, single = find_utterances(x, sample_rate, model.sample_rate, data_root)
    if single:
        on_bad_audio = "refuse"  # nothing would be left

    def pairs():
        with prepared(model, rows, on_bad_audio, trim_silence_db) as ready:
            for block, arrays in compute(ready):
                yield from zip([row[NAME] for row in block], arrays)

    if stream:
        return pairs()
    found = dict(pairs())
    return next(iter(found.values())) if single else found
