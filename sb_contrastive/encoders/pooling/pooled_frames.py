"""A backbone for pretrained front ends: a pooling, chosen by name, and a linear layer."""

import torch

from sb_contrastive.encoders.pooling.attentive import AttentivePooling
from sb_contrastive.encoders.pooling.layer_statistics import LayerStatistics
from sb_contrastive.encoders.pooling.mhfa import MHFA
from sb_contrastive.encoders.pooling.statistics import StatisticsPooling
from sb_contrastive.encoders.pooling.weighted_layers import WeightedLayers
from sb_contrastive.ranges import Count
from sb_contrastive.suggestions import check_choice

POOLINGS = ("statistics", "weighted", "attentive", "mhfa", "ecapa")


class PooledFrames(torch.nn.Module):
    """Makes an embedding of the frames of a pretrained network: a pooling over
    layers and time, and a linear layer.

    Arguments
    ---------
    pooling : str
        "statistics": mean and standard deviation of chosen layers. "weighted":
        of a learned sum of the layers. "attentive": attention-weighted ones of
        such a sum. "mhfa": multi-head factorised attention. "ecapa": a network
        of its own on the frames.
    frame_dim : int
        The size of a frame, L * F: with `layers: all`, the front end gives the
        states of L layers side by side, else L is 1.
    state_dim : int, optional
        F, the size of one state; that of a frame when absent.
    lin_neurons : int, optional
        Size D of the embedding. Without it there is no linear layer: what is
        pooled is the embedding.
    pooled_layers : list of int, optional
        Layers that "statistics" reads, see `LayerStatistics`.
    heads : int
        Heads of "mhfa".
    compression : int
        Channels of "mhfa" before its heads.
    ecapa : callable, optional
        (input_size, lin_neurons) -> the network of "ecapa", with its parts
        `asp_bn` and `fc`.

    Raises
    ------
    ValueError
        When there is no such pooling or layer.

    Example
    -------
    >>> backbone = PooledFrames("mhfa", 12, state_dim=4, lin_neurons=8)
    >>> backbone(torch.randn(2, 50, 12)).shape, backbone.affine
    (torch.Size([2, 8]), ['fc'])
    """

    def __init__(
        self,
        pooling: str,
        frame_dim: Count,
        state_dim: Count | None = None,
        lin_neurons: Count | None = None,
        pooled_layers: list[int] | None = None,
        heads: Count = 64,
        compression: Count = 128,
        ecapa=None,
    ):
        super().__init__()
        check_choice("pooling", pooling, POOLINGS)
        if pooled_layers is not None and pooling != "statistics":
            raise ValueError(
                f"pooled_layers belongs to pooling: statistics, and pooling: "
                f"{pooling} reads all layers: leave it out"
            )
        layers = frame_dim // (state_dim or frame_dim)
        self.norm = self.fc = None
        if pooling == "ecapa":
            if ecapa is None or lin_neurons is None:
                raise ValueError(
                    "pooling: ecapa needs an embedding_dim, and the network "
                    "ecapa in the encoder's YAML"
                )
            self.pool = ecapa(input_size=frame_dim, lin_neurons=lin_neurons)
            self.affine = ["pool.asp_bn", "pool.fc"]
            self.embedding_dim = lin_neurons
            return
        if pooling == "statistics":
            self.pool = LayerStatistics(frame_dim, layers, pooled_layers)
        elif pooling == "mhfa":
            self.pool = MHFA(frame_dim, layers, heads, compression)
        else:
            self.pool = WeightedPooling(frame_dim, layers, pooling)
        size = self.pool.output_dim
        self.embedding_dim, self.affine = lin_neurons or size, []
        if lin_neurons is None:
            return
        if pooling != "mhfa":
            # Statistics differ far more between channels than between
            # utterances; the values of MHFA are compressed already
            self.norm = torch.nn.BatchNorm1d(size)
            self.affine.append("norm")
        self.fc = torch.nn.Linear(size, lin_neurons)
        self.affine.append("fc")

    def forward(self, x):
        """Embed utterances.

        Arguments
        ---------
        x : torch.Tensor
            Frames [B, T, L * F].

        Returns
        -------
        torch.Tensor
            [B, D].
        """
        pooled = self.pool(x).flatten(1)
        if self.norm is not None:
            pooled = self.norm(pooled)
        return pooled if self.fc is None else self.fc(pooled)


class WeightedPooling(torch.nn.Module):
    """Mean and standard deviation over time of a learned sum of the layers.

    Arguments
    ---------
    dim : int
        The size of a frame, L * F.
    layers : int
        L, how many states lie side by side.
    pooling : str
        "weighted": all frames count alike; "attentive": as `AttentivePooling`
        has learned.

    Example
    -------
    >>> pooling = WeightedPooling(12, 3, "attentive")
    >>> pooling(torch.randn(2, 50, 12)).shape
    torch.Size([2, 1, 8])
    """

    def __init__(self, dim, layers, pooling):
        super().__init__()
        self.sum = WeightedLayers(layers)
        self.output_dim = 2 * (dim // layers)
        self.over_time = StatisticsPooling()
        if pooling == "attentive":
            self.over_time = AttentivePooling(dim // layers)

    def forward(self, x):
        """Pool [B, T, L * F] to [B, 1, 2 * F], in float32."""
        return self.over_time(self.sum(x))
