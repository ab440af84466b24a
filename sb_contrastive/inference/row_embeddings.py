"""Embeds manifest rows with a `Model`, a block at a time, and classifies them."""

import math

import numpy as np
from tqdm import tqdm

from sb_contrastive.data.views.chunks import chunk_rows
from sb_contrastive.evaluation.classification.posteriors import posteriors_of
from sb_contrastive.evaluation.verification.segments import embed_segments
from sb_contrastive.inference.preparation import SHORTEST
from sb_contrastive.progress import current

BLOCK = 2048  # utterances whose embeddings are in memory at a time


def embed_rows(model, rows, segments="full", progress=None):
    """Embed rows that were prepared.

    Arguments
    ---------
    model : Model
        Embeds them.
    rows : list of dict
        From `prepared`.
    segments : str
        See `embed_segments`.
    progress : bool, optional
        Whether to show a bar; when absent, on a terminal if there are several.

    Yields
    ------
    tuple
        The next rows [b], and their embeddings [b, D] or [b, n, D].
    """
    hidden = not progress
    if progress is None and len(rows) > 1:
        hidden = None  # unless it is a terminal
    if current().running and current().terminal is None:
        hidden = True  # a program that is to be quiet
    with tqdm(
        total=len(rows),
        desc="embedding",
        unit="utterance",
        disable=hidden,
        dynamic_ncols=True,
    ) as bar:
        for first in range(0, len(rows), BLOCK):
            block = rows[first : first + BLOCK]
            z = embed_segments(
                model.encoder,
                block,
                segments,
                model.device,
                sample_rate=model.sample_rate,
                progressbar=bar,
            )
            yield block, z


def classify_rows(model, rows, chunk_seconds=None, progress=None):
    """Compute the posteriors of rows that were prepared.

    Arguments
    ---------
    model : Model
        With a classifier.
    rows, progress
        See `embed_rows`.
    chunk_seconds : float, optional
        See `Model.classify`.

    Yields
    ------
    tuple
        The next rows [b], and their posteriors [b, C].
    """
    if chunk_seconds is None:
        for block, z in embed_rows(model, rows, progress=progress):
            yield block, _posteriors(model, block, z)
        return
    hop, owners, chunks = chunk_seconds / 2, [], []
    for number, row in enumerate(rows):
        own = chunk_rows([row], chunk_seconds, hop, model.sample_rate)
        owners += [number] * len(own)
        chunks += own
    sums = np.zeros((len(rows), len(model.classes)))
    done, heard = 0, 0  # recordings handed on, and chunks
    for block, z in embed_rows(model, chunks, progress=progress):
        owned = owners[heard : heard + len(block)]
        np.add.at(sums, owned, _posteriors(model, block, z))
        heard += len(block)
        ready = len(rows) if heard == len(owners) else owners[heard]
        counts = np.bincount(owners, minlength=len(rows))[done:ready]
        if ready > done:
            mean = sums[done:ready] / counts[:, None]
            yield rows[done:ready], mean.astype(np.float32)
        done = ready


def check_chunks(chunk_seconds):
    """Refuse a length of chunks that is none.

    Arguments
    ---------
    chunk_seconds : float or None
        See `Model.classify`.

    Raises
    ------
    ValueError
        When it is too short for a network.
    """
    if chunk_seconds is not None and not SHORTEST <= chunk_seconds < math.inf:
        raise ValueError(
            f"--chunk_seconds is a number of seconds from {SHORTEST}, not "
            f"{chunk_seconds}"
        )


def _posteriors(model, rows, embeddings):
    """Return the posteriors [N, C] of embeddings [N, D]."""
    found = posteriors_of(model.classifier, embeddings, rows, model.device)
    if found.shape[1] != len(model.classes):
        raise ValueError(
            f"the classifier of the model tells {found.shape[1]} classes "
            f"apart, and its label_encoder names {len(model.classes)}"
        )
    return found.numpy()
