"""The x-vector with exact pooling of one or several layers, and normalised statistics."""

import speechbrain.lobes.models.Xvector
import torch
from speechbrain.nnet.linear import Linear
from speechbrain.nnet.normalization import BatchNorm1d

from sb_contrastive.encoders.pooling.statistics import StatisticsPooling

_BLOCKS = 3  # of a TDNN layer: convolution, activation, batch normalisation


class XVector(speechbrain.lobes.models.Xvector.Xvector):
    """SpeechBrain's x-vector (Snyder et al. 2018) with other pooled statistics.

    SpeechBrain's pooling adds noise, in evaluation too; here one recording has
    one embedding. Moreover, a large part of its statistics is common to all
    utterances: random networks embed everything in one direction, and a layer
    trained on frozen statistics hardly learns. Here the statistics are
    batch-normalised (Zeinali et al. 2018, https://arxiv.org/abs/1811.02066), as
    in the ECAPA-TDNN. They may come from several layers (Tang et al. 2019,
    https://arxiv.org/abs/1902.07821): lower layers keep more of how something
    is said than of who says it.

    Arguments
    ---------
    *args, **kwargs
        As for SpeechBrain's `Xvector`: `in_channels`, `lin_neurons`,
        `tdnn_channels`, ...
    pooled_layers : list of int, optional
        Numbers, from 1, of the TDNN layers whose frames are pooled; the last
        layer alone when absent.

    Example
    -------
    >>> xvector = XVector(in_channels=40, lin_neurons=16, pooled_layers=[2, 5])
    >>> xvector(torch.randn(2, 50, 40)).shape
    torch.Size([2, 1, 16])
    """

    def __init__(self, *args, pooled_layers=None, **kwargs):
        super().__init__(*args, **kwargs)
        *tdnn, _, affine = self.blocks
        layers = len(tdnn) // _BLOCKS
        pooled_layers = sorted(pooled_layers or [layers])
        if not set(pooled_layers) <= set(range(1, layers + 1)):
            raise ValueError(
                f"pooled_layers are numbers from 1 to {layers}, the TDNN "
                f"layers that this x-vector has, got {pooled_layers}"
            )
        self.blocks = torch.nn.ModuleList(tdnn)
        self.pooled = [_BLOCKS * layer - 1 for layer in pooled_layers]
        self.pooling = StatisticsPooling()
        statistics = 2 * sum(tdnn[i].norm.num_features for i in self.pooled)
        self.norm = BatchNorm1d(input_size=statistics)
        self.affine = Linear(
            input_size=statistics, n_neurons=affine.w.out_features
        )

    def forward(self, x, lens=None):
        """Embed features.

        Arguments
        ---------
        x : torch.Tensor
            Features [B, T, F].
        lens : torch.Tensor, optional
            Valid share of each row [B], in (0, 1]; all valid when absent.

        Returns
        -------
        torch.Tensor
            Embeddings [B, 1, D].
        """
        statistics = []
        for i, block in enumerate(self.blocks):
            x = block(x)
            if i in self.pooled:
                statistics.append(self.pooling(x, lens))
        return self.affine(self.norm(torch.cat(statistics, dim=-1)))
