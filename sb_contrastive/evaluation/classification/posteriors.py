"""Posteriors of a trained classifier for whole utterances."""

import torch

from sb_contrastive.evaluation.embeddings.embed import embed
from sb_contrastive.evaluation.embeddings.finite import check_finite


@torch.no_grad()
def class_posteriors(encoder, classifier, rows, device="cpu"):
    """Computes the class posteriors of manifest rows, which need no label.

    Arguments
    ---------
    encoder : UtteranceEncoder
        See `embed`.
    classifier : torch.nn.Module
        Embeddings [N, D] -> logits [N, C]; left in evaluation mode.
    rows : list of dict
        Manifest rows.
    device : str or torch.device
        Device of both.

    Returns
    -------
    torch.Tensor
        [N, C], in the order of the rows, on the CPU.
    """
    embeddings = embed(encoder, rows, device)
    return posteriors_of(classifier, embeddings, rows, device)


@torch.no_grad()
def posteriors_of(classifier, embeddings, rows, device="cpu"):
    """Computes the class posteriors of embeddings.

    Arguments
    ---------
    classifier, rows, device
        See `class_posteriors`.
    embeddings : numpy.ndarray
        Those of the rows [N, D].

    Returns
    -------
    torch.Tensor
        [N, C], on the CPU.

    Example
    -------
    >>> import numpy as np
    >>> rows = [{"wav": "a.wav"}]
    >>> posteriors_of(torch.nn.Identity(), np.zeros((1, 2), "float32"), rows)
    tensor([[0.5000, 0.5000]])
    """
    embeddings = torch.from_numpy(embeddings).to(device)
    logits = classifier.eval()(embeddings).float().cpu()
    return check_finite(logits, rows, "output").softmax(dim=-1)
