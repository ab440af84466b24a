"""Notes what has made the embeddings of a file: embeddings of two encoders are not to be compared."""

import hashlib
import json

import torch


def weights_digest(network):
    """Compute the SHA-256 of all weights and buffers of a network.

    Arguments
    ---------
    network : torch.nn.Module
        On any device.

    Returns
    -------
    str
        The same for networks whose weights have the same names and bits.

    Example
    -------
    >>> layer = torch.nn.Linear(2, 1)
    >>> before = weights_digest(layer)
    >>> _ = torch.nn.init.zeros_(layer.weight)
    >>> weights_digest(layer) == before
    False
    """
    found = hashlib.sha256()
    for name, value in sorted(network.state_dict().items()):
        found.update(f"{name} {value.dtype} {list(value.shape)}\n".encode())
        raw = value.detach().cpu().contiguous().flatten()
        found.update(raw.view(torch.uint8).numpy().data)
    return found.hexdigest()


def origin_of(encoder, segments="full", trim_silence_db=0.0):
    """Describe what makes embeddings, for `write_embeddings`.

    Arguments
    ---------
    encoder : torch.nn.Module
        Makes them.
    segments : str
        See `embed_segments`.
    trim_silence_db : float
        How far below the speech silence was cut at both ends.

    Returns
    -------
    str
        JSON with `encoder`, the digest of its weights, and the two settings.

    Example
    -------
    >>> json.loads(origin_of(torch.nn.Linear(2, 1)))["segments"]
    'full'
    """
    return json.dumps(
        {
            "encoder": weights_digest(encoder),
            "segments": segments,
            "trim_silence_db": float(trim_silence_db),
        }
    )
