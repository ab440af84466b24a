"""Finds a pooling by the name that a YAML gives it."""

from sb_contrastive.encoders.pooling.attentive import AttentivePooling
from sb_contrastive.encoders.pooling.mean import MeanPooling
from sb_contrastive.suggestions import check_choice

POOLINGS = ("sap", "attentive_mean", "mean")


def frame_pooling(kind, dim, bottleneck=128):
    """Build the pooling of a name.

    Arguments
    ---------
    kind : str
        "sap" (attentive mean and standard deviation), "attentive_mean" or
        "mean".
    dim : int
        D, the size of a frame.
    bottleneck : int
        Rows of W, of the poolings with attention.

    Returns
    -------
    torch.nn.Module

    Example
    -------
    >>> [frame_pooling(kind, 4).output_dim for kind in ("sap", "mean")]
    [8, 4]
    """
    check_choice("pooling", kind, POOLINGS)
    if kind == "mean":
        return MeanPooling(dim)
    return AttentivePooling(dim, bottleneck, std=kind == "sap")
