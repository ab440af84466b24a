"""A Transformer layer whose attention always runs in PyTorch's fused kernel."""

import torch
from torch.nn import functional as F


class TransformerLayer(torch.nn.TransformerEncoderLayer):
    """PyTorch's pre-LN layer with GELU, with the same weights by the same names.

    Attention weights get no dropout. With dropout a CPU has no fused kernel and
    holds all [B, heads, T, T] weights in memory; so does the path that PyTorch's
    own layer takes without gradient. `benchmarks/bench_attention.py` measures
    both.

    Arguments
    ---------
    dim : int
        D, the width of a frame.
    heads : int
        Attention heads; they share D evenly.
    feedforward : int
        Hidden width of the two-layer network.
    dropout : float
        Share of units dropped in training, inside the two-layer network, at
        its output and at the output of the attention.

    Example
    -------
    >>> layer = TransformerLayer(dim=16, heads=2, feedforward=32)
    >>> layer(torch.randn(3, 50, 16)).shape
    torch.Size([3, 50, 16])
    """

    def __init__(self, dim, heads, feedforward, dropout=0.1):
        super().__init__(
            dim,
            heads,
            feedforward,
            dropout,
            activation="gelu",
            batch_first=True,
            norm_first=True,
        )

    def forward(self, x, valid=None):
        """Run the layer.

        Arguments
        ---------
        x : torch.Tensor
            Frames [B, T, D].
        valid : torch.Tensor, optional
            Booleans [B, T], False on padding, to which no frame attends; all
            valid when absent.

        Returns
        -------
        torch.Tensor
            [B, T, D].
        """
        x = x + self.dropout1(self._attend(self.norm1(x), valid))
        hidden = self.dropout(F.gelu(self.linear1(self.norm2(x))))
        return x + self.dropout2(self.linear2(hidden))

    def _attend(self, x, valid):
        attention = self.self_attn
        projected = F.linear(
            x, attention.in_proj_weight, attention.in_proj_bias
        )
        heads = (3, attention.num_heads, attention.head_dim)
        # [B, T, 3 * D] -> queries, keys, values, each [B, heads, T, D / heads]
        q, k, v = projected.unflatten(-1, heads).permute(2, 0, 3, 1, 4)
        mask = None if valid is None else valid[:, None, None, :]
        y = F.scaled_dot_product_attention(q, k, v, attn_mask=mask)
        return attention.out_proj(y.transpose(1, 2).flatten(2))  # [B, T, D]
