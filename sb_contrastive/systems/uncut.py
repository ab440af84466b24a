"""Scores a classifier on files as they are, for users who cut no silence."""

from sb_contrastive.data.audio.headers import read_headers
from sb_contrastive.data.folds.folds import split_fold
from sb_contrastive.evaluation.classification.posteriors import (
    class_posteriors,
)
from sb_contrastive.evaluation.classification.report import (
    classification_report,
)


def uncut_report(system, fold, encoder, classifier, device="cpu"):
    """Score the test part of a fold with the whole of every file.

    Arguments
    ---------
    system : System
        Its rows may have lost the silence at both ends.
    fold : str
        The test fold.
    encoder : UtteranceEncoder
        The trained encoder.
    classifier : torch.nn.Module
        Embeddings to logits.
    device : str or torch.device
        Where they are computed; both are left on the CPU.

    Returns
    -------
    dict or None
        See `classification_report`; None where utterances are parts of files, or
        decisions are made of several.
    """
    rows = split_fold(system.rows, fold, system.validation)[2]
    wavs = [row["wav"] for row in rows]
    if system.test_chunks is not None or len(set(wavs)) < len(wavs):
        return None
    rows = [
        {**row, "start": 0, "stop": header.frames}
        for row, header in zip(rows, read_headers(wavs))
    ]
    posteriors = class_posteriors(
        encoder.to(device), classifier.to(device), rows, device
    )
    encoder.cpu()
    classifier.cpu()
    return classification_report(
        [row["label"] for row in rows],
        [system.classes[i] for i in posteriors.argmax(dim=-1)],
        system.classes,
    )
