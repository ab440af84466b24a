"""Poolings of the maps [B, C, F, T] that two-dimensional convolutions give."""

from torch import nn

from sb_contrastive.encoders.pooling.moments import (
    mean_and_deviation,
    mean_over_time,
)

ATTENTION = 128  # hidden channels of the channel-wise attention


class MeanAndDeviation(nn.Module):
    """Mean and standard deviation over time of every channel and band."""

    def __init__(self, channels, bands):
        super().__init__()
        self.output_size = 2 * channels * bands

    def forward(self, x):
        """Pool [B, C, F, T] to [B, 2 * C * F]."""
        x = x.flatten(1, 2).float()  # [B, C * F, T]
        return mean_and_deviation(x.transpose(1, 2)).squeeze(1)


class SelfAttentivePooling(nn.Module):
    """Mean over bands, then a weighted mean over time: h_t = tanh(W x_t + b),
    a = softmax_t(v . h_t), sum_t a_t x_t (Cai et al. 2018)."""

    def __init__(self, channels, bands):
        super().__init__()
        del bands  # averaged out
        self.output_size = channels
        self.attention = nn.Sequential(
            nn.Linear(channels, channels),
            nn.Tanh(),
            nn.Linear(channels, 1, bias=False),
        )

    def forward(self, x):
        """Pool [B, C, F, T] to [B, C]."""
        x = x.mean(dim=2).transpose(1, 2)  # [B, T, C]
        weights = self.attention(x).softmax(dim=1)  # [B, T, 1]
        return mean_over_time(x, weights).squeeze(1)


class ChannelAttentivePooling(nn.Module):
    """Mean over time, weighted for each channel and band on its own."""

    def __init__(self, channels, bands):
        super().__init__()
        self.output_size = channels * bands
        self.attention = nn.Sequential(
            nn.Conv1d(self.output_size, ATTENTION, kernel_size=1),
            nn.ReLU(),
            nn.BatchNorm1d(ATTENTION),
            nn.Conv1d(ATTENTION, self.output_size, kernel_size=1),
        )

    def forward(self, x):
        """Pool [B, C, F, T] to [B, C * F]."""
        x = x.flatten(1, 2)  # [B, C * F, T]
        weights = self.attention(x).softmax(dim=2)
        return (weights * x).sum(dim=2)


POOLINGS = {
    "statistics": MeanAndDeviation,
    "self_attentive": SelfAttentivePooling,
    "channel_attentive": ChannelAttentivePooling,
}
