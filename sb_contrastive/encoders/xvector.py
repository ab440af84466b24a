"""The x-vector with exact pooling and normalised statistics."""

import speechbrain.lobes.models.Xvector
import speechbrain.nnet.pooling
from speechbrain.nnet.normalization import BatchNorm1d

from sb_contrastive.encoders.pooling import StatisticsPooling


class XVector(speechbrain.lobes.models.Xvector.Xvector):
    """SpeechBrain's x-vector (Snyder et al. 2018), mended in two places.

    Its pooling adds noise, in evaluation too; here one recording has one
    embedding. And its pooled statistics hold a large part that all utterances
    share, which nothing takes out: random networks then embed everything in
    one direction, and a linear layer trained on frozen statistics hardly
    learns. Here batch normalisation follows the pooling, as in the ECAPA-TDNN
    (Desplanques et al. 2020).

    Arguments
    ---------
    *args, **kwargs
        As for SpeechBrain's `Xvector`: `in_channels`, `lin_neurons`,
        `tdnn_channels`, ...

    Example
    -------
    >>> import torch
    >>> xvector = XVector(in_channels=40, lin_neurons=16)
    >>> xvector(torch.randn(2, 50, 40)).shape
    torch.Size([2, 1, 16])
    """

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        noisy = speechbrain.nnet.pooling.StatisticsPooling
        at = [isinstance(block, noisy) for block in self.blocks].index(True)
        self.blocks[at] = StatisticsPooling()
        statistics = self.blocks[at + 1].w.in_features
        self.blocks.insert(at + 1, BatchNorm1d(input_size=statistics))
