"""Pooling over time in which the network chooses the frames that count."""

import torch

from sb_contrastive.encoders.padding.valid_frames import valid_frames
from sb_contrastive.suggestions import did_you_mean


class AttentivePooling(torch.nn.Module):
    """Attention-weighted mean and standard deviation of the frames: the
    statistical attentive pooling (SAP) of Okabe et al. 2018
    (https://arxiv.org/abs/1803.10963, Eqs. 5-9).

    e_t = v . tanh(W z_t + b), alpha = softmax of e over the valid frames, mu =
    sum_t alpha_t z_t, sigma^2 = sum_t alpha_t (z_t - mu)^2, which equals the
    paper's sum_t alpha_t z_t^2 - mu^2 and loses no digits under a large mean.

    Arguments
    ---------
    dim : int
        D, the size of a frame.
    bottleneck : int
        Rows of W.
    channelwise : bool
        Whether each channel has scores of its own (a matrix for v).
    std : bool
        Whether sigma follows mu; the attentive mean alone otherwise.

    Example
    -------
    >>> pooling = AttentivePooling(dim=4)
    >>> pooling(torch.randn(2, 10, 4)).shape, pooling.output_dim
    (torch.Size([2, 1, 8]), 8)
    """

    def __init__(self, dim, bottleneck=128, channelwise=False, std=True):
        super().__init__()
        self.hidden = torch.nn.Linear(dim, bottleneck)
        # A bias would be added to all scores alike, and the softmax undo it
        self.score = torch.nn.Linear(
            bottleneck, dim if channelwise else 1, bias=False
        )
        self.std = std
        self.output_dim = 2 * dim if std else dim

    def forward(self, x, lengths=None):
        """Pools over time, in float32.

        Arguments
        ---------
        x : torch.Tensor
            Frames [B, T, D].
        lengths : torch.Tensor, optional
            Valid share of each row [B], in (0, 1]; all valid when absent.

        Returns
        -------
        torch.Tensor
            [B, 1, 2D], means and then standard deviations, or [B, 1, D].
        """
        with torch.autocast(x.device.type, enabled=False):
            z = x.float()
            scores = self.score(self.hidden(z).tanh())  # [B, T, 1 or D]
            if lengths is not None:
                padding = ~valid_frames(lengths, z.shape[1])  # [B, T]
                scores = scores.masked_fill(padding[..., None], float("-inf"))
                # 0 times what padding holds must be 0, whatever it holds
                z = z.masked_fill(padding[..., None], 0.0)
            alpha = scores.softmax(dim=1)
            mean = (alpha * z).sum(dim=1, keepdim=True)  # [B, 1, D]
            if not self.std:
                return mean
            variance = (alpha * (z - mean).square()).sum(dim=1, keepdim=True)
            # The root's slope would be infinite where a channel is constant
            return torch.cat([mean, variance.clamp(min=1e-6).sqrt()], dim=-1)


class MeanPooling(torch.nn.Module):
    """Plain mean of the valid frames [B, T, D] -> [B, 1, D].

    Arguments
    ---------
    dim : int
        D, the size of a frame.

    Example
    -------
    >>> frames = torch.tensor([[[1.0], [3.0], [9.0]]])
    >>> MeanPooling(dim=1)(frames, torch.tensor([2 / 3]))
    tensor([[[2.]]])
    """

    def __init__(self, dim):
        super().__init__()
        self.output_dim = dim

    def forward(self, x, lengths=None):
        """Pools over time, in float32.

        Arguments
        ---------
        x : torch.Tensor
            Frames [B, T, D].
        lengths : torch.Tensor, optional
            Valid share of each row [B], in (0, 1]; all valid when absent.

        Returns
        -------
        torch.Tensor
            [B, 1, D].
        """
        x = x.float()
        if lengths is None:
            return x.mean(dim=1, keepdim=True)
        valid = valid_frames(lengths, x.shape[1])[..., None]  # [B, T, 1]
        total = x.masked_fill(~valid, 0.0).sum(dim=1, keepdim=True)
        return total / valid.sum(dim=1, keepdim=True)


def frame_pooling(kind, dim, bottleneck=128):
    """The pooling of that name.

    Arguments
    ---------
    kind : str
        "sap" (attentive mean and standard deviation), "attentive_mean" or
        "mean".
    dim : int
        D, the size of a frame.
    bottleneck : int
        Rows of W, where there is attention.

    Returns
    -------
    torch.nn.Module

    Example
    -------
    >>> [frame_pooling(kind, 4).output_dim for kind in ("sap", "mean")]
    [8, 4]
    """
    if kind == "mean":
        return MeanPooling(dim)
    if kind not in ("sap", "attentive_mean"):
        known = ("sap", "attentive_mean", "mean")
        raise ValueError(
            f"pooling is one of {', '.join(known)}, got {kind!r}"
            f"{did_you_mean(kind, known)}"
        )
    return AttentivePooling(dim, bottleneck, std=kind == "sap")
