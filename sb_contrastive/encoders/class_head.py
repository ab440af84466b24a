"""Class adapter: a small network from a frozen embedding space to classes."""

import torch


class ClassHead(torch.nn.Sequential):
    """LayerNorm, Linear, ReLU, Dropout, Linear: embeddings [B, D] -> logits
    [B, C], the second step after a space has been reshaped (Lux et al. 2022,
    https://arxiv.org/abs/2211.01964; its sizes are not in the paper's code).

    Arguments
    ---------
    embedding_dim : int
        D.
    classes : int
        C.
    hidden_dim : int
        Width of the hidden layer.
    dropout : float
        Share of the hidden units that are dropped in training.

    Example
    -------
    >>> ClassHead(16, classes=4, hidden_dim=8)(torch.randn(2, 16)).shape
    torch.Size([2, 4])
    """

    def __init__(self, embedding_dim, classes, hidden_dim=128, dropout=0.2):
        super().__init__(
            torch.nn.LayerNorm(embedding_dim),
            torch.nn.Linear(embedding_dim, hidden_dim),
            torch.nn.ReLU(),
            torch.nn.Dropout(dropout),
            torch.nn.Linear(hidden_dim, classes),
        )
