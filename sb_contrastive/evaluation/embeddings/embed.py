"""Embeddings of whole utterances; those of one length share a pass of the network."""

import numpy as np
import torch

from sb_contrastive.data.audio.reading import read_row
from sb_contrastive.evaluation.embeddings.batches import (
    batches_of_equal_length,
    depends_on_neighbours,
)
from sb_contrastive.evaluation.embeddings.encoding import encode_audio
from sb_contrastive.evaluation.embeddings.finite import check_finite
from sb_contrastive.evaluation.embeddings.progress import shown_progress

TOGETHER = 96 * 16000  # samples in a pass: more is no faster on a CPU


@torch.no_grad()
def embed(
    encoder,
    rows,
    device="cpu",
    max_seconds=120.0,
    progressbar=False,
    batch_size=32,
):
    """Embeds manifest rows in their order.

    Utterances of exactly one length go through the encoder together. There is
    no padding, so an embedding does not depend on its neighbours. An utterance
    longer than `max_seconds` is cut into windows of at most that length, whose
    embeddings are averaged.

    Arguments
    ---------
    encoder : UtteranceEncoder
        Put into evaluation mode for the call.
    rows : list of dict
        Manifest rows, see `read_row`.
    device : str or torch.device
        Device of the encoder.
    max_seconds : float
        Longest window, at 16 kHz.
    progressbar : bool or tqdm.tqdm
        Whether to show a progress bar; or an open one, to be moved on.
    batch_size : int
        Utterances in a pass, at most.

    Returns
    -------
    numpy.ndarray
        float32 [N, D].

    Raises
    ------
    ValueError
        When an embedding is not finite; it names the file.
    """
    mode = encoder.training
    encoder.eval()
    window = round(max_seconds * 16000)
    embeddings = [None] * len(rows)
    with shown_progress(progressbar, len(rows)) as bar:
        for numbers in passes(encoder, rows, max_seconds, batch_size):
            batch = [rows[n] for n in numbers]
            if _samples(batch[0]) > window:
                z = _embed_windows(encoder, batch[0], device, window)
            else:
                wavs = np.stack([read_row(row) for row in batch])
                wavs = torch.from_numpy(wavs).to(device)
                z = encode_audio(encoder, wavs, batch).float().cpu().numpy()
            for number, row, vector in zip(numbers, batch, z):
                check_finite(vector[None], [row], "embedding")
                embeddings[number] = vector
            bar.update(len(batch))
    encoder.train(mode)
    return np.stack(embeddings)


def passes(encoder, rows, max_seconds=120.0, batch_size=32):
    """Divide rows into passes of the encoder, by their lengths.

    Arguments
    ---------
    encoder, rows, max_seconds, batch_size
        See `embed`.

    Returns
    -------
    list of list of int
        Numbers of rows.
    """
    most = 1 if depends_on_neighbours(encoder) else batch_size
    together = min(round(max_seconds * 16000), TOGETHER)
    return batches_of_equal_length(list(map(_samples, rows)), most, together)


def _samples(row):
    return int(row["stop"]) - int(row["start"])


def _embed_windows(encoder, row, device, window):
    """Return the mean embedding [1, D] of windows of equal length, so that the
    last is not a scrap."""
    start, stop = int(row["start"]), int(row["stop"])
    edges = np.linspace(start, stop, -(-(stop - start) // window) + 1)
    edges = edges.astype(int).tolist()
    pieces = []
    for first, last in zip(edges[:-1], edges[1:]):
        wav = read_row({**row, "start": first, "stop": last})
        wav = torch.from_numpy(wav)[None].to(device)
        pieces.append(encode_audio(encoder, wav, [row]).float().cpu())
    return torch.stack(pieces).mean(dim=0).numpy()
