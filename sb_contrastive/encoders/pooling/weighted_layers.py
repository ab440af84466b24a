"""A learned weighted sum of hidden states that lie side by side."""

import torch


class WeightedLayers(torch.nn.Module):
    """Sum the hidden states of several layers, sum_l softmax(w)_l h_l, where w
    is trained and starts at 0: all layers count alike at first (Yang et al.
    2021, https://arxiv.org/abs/2105.01051).

    Arguments
    ---------
    layers : int
        L, how many states lie side by side.

    Example
    -------
    >>> frames = torch.tensor([[[1.0, 2.0, 5.0, 4.0]]])  # 2 layers of 2 values
    >>> WeightedLayers(2)(frames)
    tensor([[[3., 3.]]], grad_fn=<SumBackward1>)
    """

    def __init__(self, layers):
        super().__init__()
        self.weights = torch.nn.Parameter(torch.zeros(layers))

    def forward(self, x):
        """Sum layers, in float32.

        Arguments
        ---------
        x : torch.Tensor
            Frames [B, T, L * F], the states of a frame side by side.

        Returns
        -------
        torch.Tensor
            [B, T, F].
        """
        weights = self.weights.float().softmax(dim=0)[:, None]  # [L, 1]
        states = x.float().unflatten(-1, (len(self.weights), -1))
        return (states * weights).sum(dim=2)
