"""The thin ResNet-34s of published work on speaker embeddings without labels."""

import torch
from speechbrain.lobes.models.ResNet import SEBlock
from torch import nn

from sb_contrastive.encoders.pooling.bands_and_frames import POOLINGS
from sb_contrastive.ranges import Count
from sb_contrastive.suggestions import check_choice

BLOCKS = (3, 4, 6, 3)


class ResNet34(nn.Module):
    """ResNet-34 over log-mels, one embedding per utterance.

    SpeechBrain's ResNet has pre-activated blocks, squeeze-excitation in two
    stages and one kind of pooling. The networks of the papers differ from it,
    and from each other in stem, strides and pooling:

    - Fast ResNet-34 (Chung et al. 2020, https://arxiv.org/abs/2003.11982; used
      by Lepage & Dehak 2024): a 7 x 7 stem that halves the mel bands, strides
      1, 2, 2, 1, squeeze-excitation, self-attentive pooling.
    - Thin ResNet-34 (Lepage & Dehak 2023, https://arxiv.org/abs/2306.03664):
      squeeze-excitation, an attention for each channel.
    - LResNet34 (Cho et al. 2022, https://arxiv.org/abs/2208.05445): plain
      blocks, mean and standard deviation, a batch-normalised embedding.

    Arguments
    ---------
    input_size : int
        F, mel bands.
    lin_neurons : int
        D, the size of the embedding.
    channels : list of int
        Channels of the four stages.
    strides : list of int
        Strides of the four stages, over bands and frames alike.
    stem_kernel : int
        Size of the first convolution.
    stem_stride : list of int
        Its stride over bands and over frames.
    se_reduction : int, optional
        Factor by which squeeze-excitation reduces the channels; without it
        there is no squeeze-excitation.
    pooling : str
        "statistics", "self_attentive" or "channel_attentive".
    embedding_norm : bool
        Whether batch normalisation follows the last linear layer, which then
        has no bias.

    Example
    -------
    >>> fast = ResNet34(
    ...     input_size=40, lin_neurons=512, strides=[1, 2, 2, 1], stem_kernel=7,
    ...     stem_stride=[2, 1], se_reduction=8, pooling="self_attentive"
    ... )
    >>> f"{sum(p.numel() for p in fast.parameters()) / 1e6:.2f} M"
    '1.44 M'
    >>> fast(torch.randn(2, 50, 40)).shape
    torch.Size([2, 512])
    """

    def __init__(
        self,
        input_size: Count,
        lin_neurons: Count,
        channels: list[Count] = (16, 32, 64, 128),
        strides: list[Count] = (1, 2, 2, 2),
        stem_kernel: Count = 3,
        stem_stride=(1, 1),
        se_reduction: Count | None = None,
        pooling="statistics",
        embedding_norm=False,
    ):
        super().__init__()
        check_choice("pooling", pooling, POOLINGS)
        self.stem = nn.Sequential(
            _conv(1, channels[0], stem_kernel, tuple(stem_stride)),
            nn.BatchNorm2d(channels[0]),
            nn.ReLU(),
        )
        stages, inputs = [], channels[0]
        for outputs, stride, count in zip(channels, strides, BLOCKS):
            for k in range(count):
                stages.append(
                    _Block(inputs, outputs, 1 if k else stride, se_reduction)
                )
                inputs = outputs
        self.stages = nn.Sequential(*stages)
        bands = input_size
        for stride in (stem_stride[0], *strides):
            bands = -(-bands // stride)  # rounded up
        self.pooling = POOLINGS[pooling](channels[-1], bands)
        embedding = [
            nn.Linear(
                self.pooling.output_size, lin_neurons, bias=not embedding_norm
            )
        ]
        if embedding_norm:
            embedding.append(nn.BatchNorm1d(lin_neurons))
        self.embedding = nn.Sequential(*embedding)
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out")
        # With channels last in memory, convolutions take less time
        self.to(memory_format=torch.channels_last)

    def forward(self, x):
        """Embed features of equal length.

        Arguments
        ---------
        x : torch.Tensor
            [B, T, F].

        Returns
        -------
        torch.Tensor
            [B, D].
        """
        x = x.transpose(1, 2).unsqueeze(1)  # [B, 1, F, T]
        x = x.contiguous(memory_format=torch.channels_last)
        x = self.stages(self.stem(x))  # [B, C, F', T']
        return self.embedding(self.pooling(x))


class _Block(nn.Module):
    """Two 3 x 3 convolutions beside a shortcut (He et al. 2016)."""

    def __init__(self, inputs, outputs, stride, se_reduction):
        super().__init__()
        layers = [
            _conv(inputs, outputs, 3, stride),
            nn.BatchNorm2d(outputs),
            nn.ReLU(),
            _conv(outputs, outputs, 3, 1),
            nn.BatchNorm2d(outputs),
        ]
        if se_reduction is not None:
            layers.append(SEBlock(outputs, se_reduction))
        self.layers = nn.Sequential(*layers)
        self.shortcut = nn.Identity()
        if stride != 1 or inputs != outputs:
            self.shortcut = nn.Sequential(
                _conv(inputs, outputs, 1, stride), nn.BatchNorm2d(outputs)
            )

    def forward(self, x):
        """Turn [B, C, F, T] into [B, C', F', T']."""
        return (self.layers(x) + self.shortcut(x)).relu()


def _conv(inputs, outputs, kernel, stride):
    return nn.Conv2d(
        inputs, outputs, kernel, stride, padding=kernel // 2, bias=False
    )
