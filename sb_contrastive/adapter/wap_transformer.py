"""WAP-Transformer: Transformer layers over frozen frames, averaged with learned weights."""

import torch
from torch.nn import functional as F
from torch.utils.checkpoint import checkpoint

from sb_contrastive.adapter.transformer_layer import TransformerLayer
from sb_contrastive.ranges import Count, Share, Whole
from sb_contrastive.suggestions import check_choice

LAYER_WEIGHTS = ("softmax", "raw", "last")


class WAPTransformer(torch.nn.Module):
    """The adapter that enriches frames in Song et al. 2025
    (https://arxiv.org/abs/2509.23795): X_l = layer_l(X_{l-1}), l = 1..L, and
    Z = sum_l a_l X_l. The input X_0 does not enter the sum.

    The layers are pre-LN with GELU, see `TransformerLayer`. A convolution adds
    the position of each frame (Baevski et al. 2020,
    https://arxiv.org/abs/2006.11477). The frames of an encoder contain their
    position, but masked frames do not: without the convolution, all masked
    frames of an utterance would be the same vector, and the best prediction
    would be the mean.

    Arguments
    ---------
    input_dim : int
        Size of a frame of the encoder.
    dim : int, optional
        D, the width of the layers; where it differs from `input_dim`, a linear
        layer stands in front. It is `input_dim` when absent.
    layers : int
        L, the number of layers.
    heads : int
        Attention heads; they share D evenly.
    feedforward : int
        Hidden width of the two-layer network in each layer.
    dropout : float
        Share of units dropped in training; attention weights have none.
    layer_weights : str
        "softmax": a = softmax(w), and w starts at 0. "raw": a is learned
        directly and starts at 1/L. "last": Z = X_L, without weights.
    normalise_layers : bool
        Whether each X_l passes a layer normalisation before the sum. The
        outputs of pre-LN layers grow with depth, and without normalisation the
        last one would dominate the sum.
    position_kernel : int
        Frames that the convolution covers; 0 leaves positions out, which is
        enough where nothing is masked.
    position_groups : int
        Groups of the convolution's channels.
    recompute : bool
        Whether the backward pass computes the layers again instead of keeping
        their activations: this needs the memory of about one layer instead of
        all, and a third more time.

    Example
    -------
    >>> wap = WAPTransformer(12, 16, heads=2, feedforward=32)
    >>> wap(torch.randn(2, 50, 12)).shape
    torch.Size([2, 50, 16])
    >>> wap.averaging_weights()
    tensor([0.3333, 0.3333, 0.3333])
    """

    def __init__(
        self,
        input_dim: Count,
        dim: Count | None = None,
        layers: Count = 3,
        heads: Count = 16,
        feedforward: Count = 2048,
        dropout: Share = 0.1,
        layer_weights="softmax",
        normalise_layers=True,
        position_kernel: Whole = 128,
        position_groups: Count = 16,
        recompute=False,
    ):
        super().__init__()
        dim = dim or input_dim
        check_choice("layer_weights", layer_weights, LAYER_WEIGHTS)
        for name, parts in (
            ("heads", heads),
            ("position_groups", position_groups if position_kernel else 1),
        ):
            if dim % parts:
                raise ValueError(
                    f"{name} must divide the width of the layers, and {dim} / "
                    f"{parts} is no whole number"
                )
        self.input_dim, self.dim = input_dim, dim
        self.layer_weights = layer_weights
        self.recompute = recompute
        self.projection = torch.nn.Identity()
        if dim != input_dim:
            self.projection = torch.nn.Linear(input_dim, dim)
        self.positions = None
        if position_kernel:
            self.positions = _ConvolutionalPositions(
                dim, position_kernel, position_groups
            )
        self.layers = torch.nn.ModuleList(
            TransformerLayer(dim, heads, feedforward, dropout)
            for _ in range(layers)
        )
        summed = 1 if layer_weights == "last" else layers
        self.norms = torch.nn.ModuleList(
            torch.nn.LayerNorm(dim) if normalise_layers else torch.nn.Identity()
            for _ in range(summed)
        )
        if layer_weights != "last":
            start = 0.0 if layer_weights == "softmax" else 1 / layers
            self.weights = torch.nn.Parameter(torch.full((layers,), start))

    def averaging_weights(self):
        """Return the weights a_l.

        Returns
        -------
        torch.Tensor
            [L], or [1] where the last layer stands alone; without gradient.
        """
        return self._weights().detach()

    def forward(self, frames, valid=None):
        """Enrich the frames of a batch.

        Arguments
        ---------
        frames : torch.Tensor
            [B, T, input_dim].
        valid : torch.Tensor, optional
            Booleans [B, T], False on padding; all valid when absent.

        Returns
        -------
        torch.Tensor
            Z [B, T, D]; its values on padding are arbitrary.
        """
        x = self.projection(frames)  # [B, T, D]
        if self.positions is not None:
            x = x + self.positions(x, valid)
        outputs = []
        for layer in self.layers:
            if self.recompute and torch.is_grad_enabled():
                x = checkpoint(layer, x, valid, use_reentrant=False)
            else:
                x = layer(x, valid)
            outputs.append(x)
        outputs = outputs[-len(self.norms) :]
        return sum(
            a * norm(x)
            for a, norm, x in zip(self._weights(), self.norms, outputs)
        )

    def _weights(self):
        if self.layer_weights == "last":
            return next(self.parameters()).new_ones(1)
        if self.layer_weights == "softmax":
            return self.weights.softmax(dim=0)
        return self.weights


class _ConvolutionalPositions(torch.nn.Module):
    """Compute position information from the frames around each frame, by a wide,
    grouped convolution: [B, T, D] -> [B, T, D]."""

    def __init__(self, dim, kernel, groups):
        super().__init__()
        self.convolution = torch.nn.Conv1d(
            dim, dim, kernel, padding=kernel // 2, groups=groups
        )

    def forward(self, x, valid):
        frames = x.shape[1]
        if valid is not None:
            x = (
                x * valid[..., None]
            )  # zeros, as beyond the end of an unpadded row
        # An even kernel gives one frame too many
        around = self.convolution(x.transpose(1, 2))[..., :frames]
        return F.gelu(around).transpose(1, 2)
