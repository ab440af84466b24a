"""Local attributes as labels: the student names the cluster of each masked frame."""

import torch
from torch.nn import functional as F

from sb_contrastive.adapter.masked_mean import masked_mean
from sb_contrastive.suggestions import check_choice

LABELS = ("hard", "soft", "bce")


def attribute_loss(logits, labels, masked, kind="hard"):
    """L_la: mean over masked frames of the cross-entropy between the local
    attributes and the output of the student's head.

    Arguments
    ---------
    logits : torch.Tensor
        f_a of the student's frames [B, T, K].
    labels : torch.Tensor
        For "hard" the number of the attribute [B, T], else probabilities
        [B, T, K].
    masked : torch.Tensor
        Booleans [B, T].
    kind : str
        "hard", "soft", or "bce", a binary cross-entropy for each attribute,
        averaged over them.

    Returns
    -------
    torch.Tensor
        Scalar, in nats.

    Example
    -------
    >>> everywhere = torch.ones(1, 2).bool()
    >>> attribute_loss(torch.zeros(1, 2, 4), torch.tensor([[3, 1]]), everywhere)
    tensor(1.3863)
    """
    check_choice("labels", kind, LABELS)
    with torch.autocast(logits.device.type, enabled=False):
        logits, labels = logits.float(), labels.detach()
        if kind == "hard":
            each = F.cross_entropy(
                logits.flatten(0, 1), labels.flatten(), reduction="none"
            ).view(labels.shape)
        elif kind == "soft":
            each = -(labels.float() * logits.log_softmax(-1)).sum(dim=-1)
        else:
            each = F.binary_cross_entropy_with_logits(
                logits, labels.float(), reduction="none"
            ).mean(dim=-1)
        return masked_mean(each, masked)
