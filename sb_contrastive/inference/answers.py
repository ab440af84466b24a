"""Gives back what a `Model` computes: one array, a mapping, or a stream of pairs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypedDict

import numpy as np
import torch

from sb_contrastive.inference.preparation import prepared
from sb_contrastive.inference.row_embeddings import embed_rows
from sb_contrastive.inference.sources import NAME, find_utterances

File = str | Path
Waveform = np.ndarray | torch.Tensor
Several = list[Any] | tuple[Any, ...]
Results = dict[str, np.ndarray]
Stream = Iterator[tuple[str, np.ndarray]]


class Reading(TypedDict, total=False):
    """The options of `Model.classify` that say how audio is read."""

    sample_rate: int | None
    trim_silence_db: float | None
    on_bad_audio: str
    data_root: File | None
    progress: bool | None


class Embedding(Reading, total=False):
    """Those of `Model.embed`."""

    segments: str


def answers(
    model,
    x,
    function,
    segments="full",
    stream=False,
    sample_rate=None,
    trim_silence_db=None,
    on_bad_audio="stop",
    data_root=None,
    progress=None,
):
    """Apply a function to the embeddings of all recordings.

    Arguments
    ---------
    model : Model
        Embeds them.
    x, segments, stream, sample_rate, trim_silence_db, on_bad_audio, data_root, progress
        See `Model.embed`.
    function : callable
        (rows [b], embeddings [b, D]) -> arrays [b].

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
            for block, z in embed_rows(model, ready, segments, progress):
                names = [row[NAME] for row in block]
                yield from zip(names, function(block, z))

    if stream:
        return pairs()
    found = dict(pairs())
    return next(iter(found.values())) if single else found
