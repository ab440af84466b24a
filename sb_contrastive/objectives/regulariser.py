"""A term beside DINO's loss, and the place in the network where it acts."""

import torch

from sb_contrastive.ranges import NotNegative
from sb_contrastive.schedules import as_schedule
from sb_contrastive.suggestions import check_choice

PLACEMENTS = ("embedding", "hidden", "bottleneck", "prototypes")


class Regulariser(torch.nn.Module):
    """A loss of the student alone, with a weight and a placement.

    DINO compares unit vectors z of the head's bottleneck with the prototypes.
    They can fall into a few directions while the embedding, before the head,
    looks healthy; a term on the embedding does not reach them.

    Arguments
    ---------
    loss : torch.nn.Module
        `KoLeoLoss` or `SpreadLoss` (vectors [B, D] -> scalar) for the first
        three placements, `MeanEntropyLoss` (distributions [N, K] -> scalar) for
        the last.
    weight : float or callable
        A number, or progress -> weight.
    placement : str
        "embedding": the embeddings of the long crops; "hidden": the last hidden
        layer that the head makes of them; "bottleneck": what follows, before it
        is scaled to unit length; all crop by crop. "prototypes": the student's distributions of all crops.

    Example
    -------
    >>> from sb_contrastive.losses import KoLeoLoss
    >>> term = Regulariser(KoLeoLoss(), weight=0.1)
    >>> places = {"bottleneck": torch.eye(4).repeat(2, 1, 1)}
    >>> term(places), term.weight_at(0.5)
    (tensor(-0.3466), 0.1)
    """

    def __init__(
        self, loss, weight: NotNegative = 0.1, placement: str = "bottleneck"
    ):
        super().__init__()
        check_choice("placement", placement, PLACEMENTS)
        self.criterion, self.weight = loss, weight
        self.placement = placement

    def weight_at(self, progress):
        """Return the weight at a share of the training done."""
        return as_schedule(self.weight)(progress)

    def forward(self, places):
        """Compute the term, averaged over sets of rows.

        Arguments
        ---------
        places : dict of str to torch.Tensor
            By placement, sets of rows [sets, N, D].

        Returns
        -------
        torch.Tensor
            Scalar, without its weight.
        """
        sets = places[self.placement]
        return sum(self.criterion(rows) for rows in sets) / len(sets)
