"""Attentive pooling, in which the network learns which frames count."""

import torch

from sb_contrastive.encoders.padding.valid_frames import valid_frames
from sb_contrastive.encoders.pooling.moments import (
    mean_and_variance,
    mean_over_time,
)
from sb_contrastive.ranges import Count


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
        Whether to return sigma after mu; otherwise mu alone.

    Example
    -------
    >>> pooling = AttentivePooling(dim=4)
    >>> pooling(torch.randn(2, 10, 4)).shape, pooling.output_dim
    (torch.Size([2, 1, 8]), 8)
    """

    def __init__(
        self, dim: Count, bottleneck: Count = 128, channelwise=False, std=True
    ):
        super().__init__()
        self.hidden = torch.nn.Linear(dim, bottleneck)
        # The softmax would cancel a bias, which is the same for all scores
        self.score = torch.nn.Linear(
            bottleneck, dim if channelwise else 1, bias=False
        )
        self.std = std
        self.output_dim = 2 * dim if std else dim

    def forward(self, x, lengths=None):
        """Pool over time, in float32.

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
                # Padding may hold NaN, and 0 times NaN is not 0
                z = z.masked_fill(padding[..., None], 0.0)
            alpha = scores.softmax(dim=1)
            if not self.std:
                return mean_over_time(z, alpha)
            mean, variance = mean_and_variance(z, alpha)  # [B, 1, D] each
            # The root's slope would be infinite where a channel is constant
            return torch.cat([mean, variance.clamp(min=1e-6).sqrt()], dim=-1)
