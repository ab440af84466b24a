"""Several processes embed rows together: each takes a share of the passes."""

from functools import partial

import numpy as np

from sb_contrastive.distributed import gather_dict, rank, world_size
from sb_contrastive.evaluation.embeddings.embed import embed, passes


def over_ranks(embed, rows, passes):
    """Embed rows, of several processes each a share of the passes.

    A pass holds the same utterances whatever the number of processes, so the
    embeddings have the same bits.

    Arguments
    ---------
    embed : callable
        Some of the rows -> their embeddings, in the same passes.
    rows : list of dict
        Manifest rows.
    passes : list of list of int
        Numbers of the rows that go through the encoder together, from `passes`
        or `segment_passes`.

    Returns
    -------
    numpy.ndarray
        float32 [N, ...], on all processes.

    Example
    -------
    >>> over_ranks(np.array, [3.0, 1.0], [[1], [0]])
    array([3., 1.])
    """
    numbers = [n for batch in passes[rank() :: world_size()] for n in batch]
    own = {}
    if numbers:
        own = dict(zip(numbers, embed([rows[n] for n in numbers])))
    every = gather_dict(own)
    return np.stack([every[n] for n in range(len(rows))])


def embed_over_ranks(encoder, rows, device, **options):
    """Embed rows as `embed` does, of several processes each a share.

    Arguments
    ---------
    encoder : UtteranceEncoder
        The same on all processes.
    rows : list of dict
        Manifest rows.
    device : str or torch.device
        Device of the encoder.
    **options
        `max_seconds` and `batch_size` of `embed`.

    Returns
    -------
    numpy.ndarray
        float32 [N, D], on all processes.
    """
    return over_ranks(
        partial(embed, encoder, device=device, **options),
        rows,
        passes(encoder, rows, **options),
    )
