"""Statistics pooling without noise, exact at any length."""

import speechbrain.nnet.pooling
import torch

from sb_contrastive.encoders.padding.valid_frames import (
    valid_counts,
    valid_frames,
)
from sb_contrastive.encoders.pooling.moments import mean_and_deviation


class StatisticsPooling(torch.nn.Module):
    """Concatenated mean and standard deviation of the frames [B, T, D] -> [B, 1, 2D].

    SpeechBrain's module of this name adds random noise, in evaluation too, so
    that one recording has many embeddings. This one adds none, and takes its
    place in the x-vector (see `UtteranceEncoder`).

    Example
    -------
    >>> frames = torch.tensor([[[1.0], [3.0]]])
    >>> StatisticsPooling()(frames)
    tensor([[[2., 1.]]])
    """

    def forward(self, x, lengths=None):
        """Pool over time.

        Arguments
        ---------
        x : torch.Tensor
            Frames [B, T, D].
        lengths : torch.Tensor, optional
            Valid share of each row [B], in (0, 1]; all valid when absent.

        Returns
        -------
        torch.Tensor
            [B, 1, 2D]: means, then (biased) standard deviations.
        """
        B, T, _ = x.shape
        if lengths is None:
            lengths = torch.ones(B, device=x.device)
        counts = valid_counts(lengths, T)  # [B]
        weights = valid_frames(lengths, T) / counts[:, None]  # [B, T]
        return mean_and_deviation(x, weights.unsqueeze(-1).to(x.dtype))


def replace_noisy_pooling(network):
    """Put this pooling in the place of SpeechBrain's, which has no parameters.

    Arguments
    ---------
    network : torch.nn.Module
        Changed in place.

    Returns
    -------
    torch.nn.Module
        The network.

    Example
    -------
    >>> noisy = torch.nn.Sequential(speechbrain.nnet.pooling.StatisticsPooling())
    >>> replace_noisy_pooling(noisy)
    Sequential(
      (0): StatisticsPooling()
    )
    """
    for module in list(network.modules()):
        for name, child in list(module.named_children()):
            if isinstance(child, speechbrain.nnet.pooling.StatisticsPooling):
                setattr(module, name, StatisticsPooling())
    return network
