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
    embeddings = torch.from_numpy(embed(encoder, rows, device))  # [N, D]
    logits = classifier.eval()(embeddings.to(device)).float().cpu()
    return check_finite(logits, rows, "output").softmax(dim=-1)
