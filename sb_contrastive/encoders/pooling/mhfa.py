"""Multi-head factorised attentive pooling over layers and time."""

import torch

from sb_contrastive.encoders.pooling.weighted_layers import WeightedLayers
from sb_contrastive.ranges import Count


class MHFA(torch.nn.Module):
    """Multi-head factorised attention over hidden states that lie side by side
    (Peng et al. 2022, https://arxiv.org/abs/2210.01273).

    Two weighted sums of the layers, k for keys and v for values, are compressed
    to C channels each. Every head has a softmax over time of its scores of k,
    a_ht = softmax_t(q_h . k_t), and the pooled vector is the concatenation of
    all sum_t a_ht v_t. The paper's linear layer follows it, see `PooledFrames`.

    Arguments
    ---------
    dim : int
        The size of a frame, L * F.
    layers : int
        L, how many states lie side by side.
    heads : int
        H.
    compression : int
        C.

    Example
    -------
    >>> pooling = MHFA(dim=12, layers=3, heads=2, compression=5)
    >>> pooling(torch.randn(4, 20, 12)).shape, pooling.output_dim
    (torch.Size([4, 1, 10]), 10)
    """

    def __init__(
        self, dim, layers=1, heads: Count = 64, compression: Count = 128
    ):
        super().__init__()
        size = dim // layers
        self.key_layers = WeightedLayers(layers)
        self.value_layers = WeightedLayers(layers)
        self.key = torch.nn.Linear(size, compression)
        self.value = torch.nn.Linear(size, compression)
        # The softmax would cancel a bias, which is the same for all frames
        self.score = torch.nn.Linear(compression, heads, bias=False)
        self.output_dim = heads * compression

    def forward(self, x):
        """Pool over time, in float32.

        Arguments
        ---------
        x : torch.Tensor
            Frames [B, T, L * F].

        Returns
        -------
        torch.Tensor
            [B, 1, H * C].
        """
        with torch.autocast(x.device.type, enabled=False):
            keys = self.key(self.key_layers(x))  # [B, T, C]
            values = self.value(self.value_layers(x))
            attention = self.score(keys).softmax(dim=1)  # [B, T, H]
            pooled = attention.transpose(1, 2) @ values  # [B, H, C]
        return pooled.flatten(1).unsqueeze(1)
