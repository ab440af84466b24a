"""Mean and standard deviation over time of chosen layers."""

import torch
from torch.nn.functional import adaptive_avg_pool1d

from sb_contrastive.encoders.pooling.moments import mean_and_deviation
from sb_contrastive.ranges import Count


class LayerStatistics(torch.nn.Module):
    """Concatenated mean and standard deviation over time of some of the hidden
    states that lie side by side [B, T, L * F] -> [B, 1, 2 * K * F]; on request
    also the means of the first and the second half of the time, and so on.

    Arguments
    ---------
    dim : int
        The size of a frame, L * F.
    layers : int
        L, how many states lie side by side.
    picked : list of int, optional
        The K layers to read: 0 is the input of the first Transformer layer, l
        the output of the l-th. All but 0 when absent; where there is one state
        only, that one.
    parts : int
        P, into how many parts of equal length the time is divided. With more
        than one, the mean of each part follows: P * K * F more numbers.

    Raises
    ------
    ValueError
        When there is no such layer.

    Example
    -------
    >>> frames = torch.tensor([[[0.0, 1.0, 7.0], [0.0, 3.0, 7.0]]])
    >>> LayerStatistics(3, layers=3, picked=[1])(frames)
    tensor([[[2., 1.]]])
    >>> LayerStatistics(3, layers=3, picked=[1], parts=2)(frames)
    tensor([[[2., 1., 1., 3.]]])
    """

    def __init__(self, dim, layers=1, picked=None, parts: Count = 1):
        super().__init__()
        if picked is None:
            picked = range(1, layers) if layers > 1 else [0]
        self.layers, self.picked, self.parts = layers, list(picked), parts
        for layer in self.picked:
            if not 0 <= layer < layers:
                raise ValueError(
                    f"pooled_layers names layer {layer}, and the front end "
                    f"gives the layers 0 to {layers - 1}: choose among these"
                )
        each = 2 if parts == 1 else 2 + parts
        self.output_dim = each * len(self.picked) * (dim // layers)

    def forward(self, x):
        """Pool over time, in float32.

        Arguments
        ---------
        x : torch.Tensor
            Frames [B, T, L * F].

        Returns
        -------
        torch.Tensor
            [B, 1, 2 * K * F]: means layer by layer, then standard deviations,
            then the means of the parts.
        """
        states = x.float().unflatten(-1, (self.layers, -1))  # [B, T, L, F]
        states = states[:, :, self.picked].flatten(2)
        whole = mean_and_deviation(states)
        if self.parts == 1:
            return whole
        means = adaptive_avg_pool1d(states.mT, self.parts).mT  # [B, P, K * F]
        return torch.cat([whole, means.flatten(1)[:, None]], dim=-1)

    def extra_repr(self):
        """Name the layers, also in the identity of a cache of vectors."""
        text = f"layers={self.layers}, picked={self.picked}"
        return text if self.parts == 1 else f"{text}, parts={self.parts}"
