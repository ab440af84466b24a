"""A small network from a frozen embedding space to classes."""

import torch

from sb_contrastive.ranges import Count, Share


class ClassHead(torch.nn.Sequential):
    """LayerNorm, Linear, ReLU, Dropout, Linear: embeddings [B, D] -> logits [B, C].

    It is trained in the second step of Lux et al. 2022
    (https://arxiv.org/abs/2211.01964), after the first step has reshaped the
    embedding space. The paper's code does not give its sizes.

    Arguments
    ---------
    embedding_dim : int
        D, the size of the embedding.
    classes : int
        C, the number of classes.
    hidden_dim : int
        Width of the hidden layer.
    dropout : float
        Share of the hidden units that are dropped in training.

    Example
    -------
    >>> ClassHead(16, classes=4, hidden_dim=8)(torch.randn(2, 16)).shape
    torch.Size([2, 4])
    """

    def __init__(
        self,
        embedding_dim: Count,
        classes: Count,
        hidden_dim: Count = 128,
        dropout: Share = 0.2,
    ):
        super().__init__(
            torch.nn.LayerNorm(embedding_dim),
            torch.nn.Linear(embedding_dim, hidden_dim),
            torch.nn.ReLU(),
            torch.nn.Dropout(dropout),
            torch.nn.Linear(hidden_dim, classes),
        )
