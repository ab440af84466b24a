"""Margins by which a positive pair has to beat the negatives."""

import math

import torch

from sb_contrastive.suggestions import did_you_mean


def additive_margin(cosine, margin):
    """Subtract a margin from the cosine, phi = cos(theta) - m (CosFace, Wang et al. 2018,
    https://arxiv.org/abs/1801.09414).

    Arguments
    ---------
    cosine : torch.Tensor
        Cosines of positive pairs, any shape.
    margin : float
        m.

    Returns
    -------
    torch.Tensor
        phi, of the same shape.

    Example
    -------
    >>> additive_margin(torch.tensor([0.75]), 0.25)
    tensor([0.5000])
    """
    return cosine - margin


def angular_margin(cosine, margin):
    """Add a margin to the angle, phi = cos(theta + m) (ArcFace, Deng et al. 2019,
    https://arxiv.org/abs/1801.07698).

    Beyond theta = pi - m the cosine of the sum would rise again, so that a
    worse pair would cost less. There phi = cos(theta) - m sin(m), which keeps
    falling.

    Arguments
    ---------
    cosine : torch.Tensor
        Cosines of positive pairs, any shape.
    margin : float
        m in radians, in [0, pi / 2].

    Returns
    -------
    torch.Tensor
        phi, of the same shape; its gradient is finite at +1 and -1 too.

    Example
    -------
    >>> angular_margin(torch.tensor([1.0, 0.0]), 0.1)  # cos 0.1, -sin 0.1
    tensor([ 0.9950, -0.0998])
    """
    # The slope of the root is unbounded at 0, where the cosine is +1 or -1
    eps = 1e-12 if cosine.dtype == torch.float64 else 1e-7
    sine = (1 - cosine.square()).clamp(min=eps).sqrt()
    turned = cosine * math.cos(margin) - sine * math.sin(margin)
    beyond = cosine - margin * math.sin(margin)
    return torch.where(cosine > -math.cos(margin), turned, beyond)


MARGINS = {"additive": additive_margin, "angular": angular_margin}


def check_margin(margin, margin_type):
    """Refuse a margin that is out of range, or of an unknown type.

    Arguments
    ---------
    margin : float
        m.
    margin_type : str
        A name in `MARGINS`.

    Raises
    ------
    ValueError
        If the type is unknown or the margin is out of its range.

    Example
    -------
    >>> check_margin(0.1, "angluar")
    Traceback (most recent call last):
    ValueError: margin_type is additive or angular, got 'angluar'; did you mean 'angular'?
    """
    if margin_type not in MARGINS:
        raise ValueError(
            f"margin_type is {' or '.join(MARGINS)}, got {margin_type!r}"
            f"{did_you_mean(margin_type, MARGINS)}"
        )
    if not margin >= 0:
        raise ValueError(f"a margin is 0 or more, got {margin}")
    if margin_type == "angular" and margin > math.pi / 2:
        raise ValueError(
            f"an angular margin is in radians, at most pi / 2, got {margin}"
        )
