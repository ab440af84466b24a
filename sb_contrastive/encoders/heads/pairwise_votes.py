"""Decides among classes by the decisions between each two of them."""

import itertools

import torch


class PairwiseVotes(torch.nn.Module):
    """Turns the decisions of one machine for each pair of classes into scores:
    the votes for a class, and between classes of equally many votes the sum of
    its margins (as scikit-learn's `SVC`, with `decision_function_shape` "ovr").

    Arguments
    ---------
    classes : int
        C; the decisions are those of the pairs (0, 1), (0, 2), ... (C - 2, C - 1),
        positive where the first of the two is meant.

    Example
    -------
    >>> decisions = torch.tensor([[1.0, -1.0, -2.0]])  # 0 over 1, 2 over 0, 2 over 1
    >>> PairwiseVotes(3)(decisions).argmax(dim=-1)
    tensor([2])
    """

    def __init__(self, classes):
        super().__init__()
        pairs = list(itertools.combinations(range(classes), 2))
        signs = torch.zeros(len(pairs), classes)
        for row, (first, second) in zip(signs, pairs):
            row[first], row[second] = 1.0, -1.0
        self.register_buffer("signs", signs, persistent=False)

    def forward(self, decisions):
        """Score classes.

        Arguments
        ---------
        decisions : torch.Tensor
            [..., C (C - 1) / 2].

        Returns
        -------
        torch.Tensor
            [..., C].
        """
        sides = decisions[..., None] * self.signs  # [..., pairs, C]
        votes, margins = (sides > 0).sum(dim=-2), sides.sum(dim=-2)
        # The margins, below 1/3, only decide draws
        return votes + margins / (3 * (margins.abs() + 1))
