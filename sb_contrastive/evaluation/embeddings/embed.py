"""Embeddings of whole utterances, one utterance at a time."""

import numpy as np
import torch

from sb_contrastive.data.audio.reading import read_span
from sb_contrastive.evaluation.embeddings.encoding import encode_audio
from sb_contrastive.evaluation.embeddings.finite import check_finite
from sb_contrastive.progress import bar


@torch.no_grad()
def embed(encoder, rows, device="cpu", max_seconds=120.0, progressbar=False):
    """Embeds manifest rows in their order.

    Every utterance goes through the encoder alone, without padding, so that its
    embedding does not depend on its neighbours. An utterance longer than
    `max_seconds` is cut into windows of at most that length, whose embeddings
    are averaged.

    Arguments
    ---------
    encoder : UtteranceEncoder
        Put into evaluation mode for the call.
    rows : list of dict
        Manifest rows.
    device : str or torch.device
        Device of the encoder.
    max_seconds : float
        Longest window, at 16 kHz.
    progressbar : bool
        Whether to show a progress bar.

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
    embeddings = []
    for row in bar(rows, "embedding", show=progressbar):
        start, stop = int(row["start"]), int(row["stop"])
        # Windows of equal length, so that the last is not a scrap
        count = -(-(stop - start) // window)
        edges = np.linspace(start, stop, count + 1).astype(int)
        pieces = []
        for a, b in zip(edges[:-1], edges[1:]):
            wav = torch.from_numpy(read_span(row["wav"], int(a), int(b)))
            z = encode_audio(encoder, wav[None].to(device), [row])
            pieces.append(z[0].float().cpu())
        z = torch.stack(pieces).mean(dim=0).numpy()
        embeddings.append(check_finite(z[None], [row], "embedding")[0])
    encoder.train(mode)
    return np.stack(embeddings)
