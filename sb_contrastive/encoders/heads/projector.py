"""The projector between the embedding and a loss of pairs."""

import torch

from sb_contrastive.ranges import Count, Share


class Projector(torch.nn.Sequential):
    """Dropout, twice (Linear, BatchNorm, ReLU), then Linear, without biases:
    r [N, D] -> z [N, P] (Zbontar et al. 2021, https://arxiv.org/abs/2103.03230;
    with dropout and P = 64 in Lux et al. 2022,
    https://arxiv.org/abs/2211.01964).

    Pass all items of a batch at once, so that batch normalisation sees one
    distribution.

    Arguments
    ---------
    embedding_dim : int
        D, the size of the embedding.
    output_dim : int
        P, which should be small where classes are few, see `BarlowTwinsLoss`.
    hidden_dim : int, optional
        Width of the hidden layers; P when absent.
    dropout : float
        Share of the embedding's coordinates that are dropped in training.

    Example
    -------
    >>> Projector(embedding_dim=16, output_dim=8)(torch.randn(4, 16)).shape
    torch.Size([4, 8])
    """

    def __init__(
        self,
        embedding_dim: Count,
        output_dim: Count,
        hidden_dim: Count | None = None,
        dropout: Share = 0.0,
    ):
        hidden_dim = hidden_dim or output_dim
        layers = [torch.nn.Dropout(dropout)]
        for inputs in (embedding_dim, hidden_dim):
            layers += [
                torch.nn.Linear(inputs, hidden_dim, bias=False),
                torch.nn.BatchNorm1d(hidden_dim),
                torch.nn.ReLU(),
            ]
        super().__init__(
            *layers, torch.nn.Linear(hidden_dim, output_dim, bias=False)
        )
        self.output_dim = output_dim
