"""Embeds manifest rows with a `Model`, a block at a time, and classifies them."""

from tqdm import tqdm

from sb_contrastive.evaluation.classification.posteriors import posteriors_of
from sb_contrastive.evaluation.verification.segments import embed_segments
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


def posteriors(model, rows, embeddings):
    """Compute the posteriors of the classes.

    Arguments
    ---------
    model : Model
        With a classifier.
    rows : list of dict
        Those of the embeddings, for messages.
    embeddings : numpy.ndarray
        [N, D].

    Returns
    -------
    numpy.ndarray
        [N, C].

    Raises
    ------
    ValueError
        When one is not finite, or the classes have other names.
    """
    found = posteriors_of(model.classifier, embeddings, rows, model.device)
    if found.shape[1] != len(model.classes):
        raise ValueError(
            f"the classifier of the model tells {found.shape[1]} classes "
            f"apart, and its label_encoder names {len(model.classes)}"
        )
    return found.numpy()
