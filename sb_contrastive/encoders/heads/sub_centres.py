"""A classifier by cosines, in which a class may have several centres."""

import torch

from sb_contrastive.encoders.heads.cosines import cosines
from sb_contrastive.ranges import Count


class SubCentres(torch.nn.Module):
    """Cosines of an embedding with the nearest centre of each class (Deng et
    al. 2020, sub-centre ArcFace, ECCV).

    A cluster that holds recordings of two speakers, or of two channels, may
    give each a centre of its own: wrong labels then pull less.

    Arguments
    ---------
    input_size : int
        D, size of the embeddings.
    out_neurons : int
        C, number of classes.
    sub_centres : int
        Centres of each class; 1 is a plain classifier by cosines.

    Example
    -------
    >>> head = SubCentres(input_size=2, out_neurons=2, sub_centres=2)
    >>> directions = [[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0], [-1.0, 0.0]]
    >>> head.weight.data = torch.tensor(directions)
    >>> head(torch.tensor([[0.0, 3.0]]))
    tensor([[1., 0.]], grad_fn=<...>)
    """

    def __init__(
        self, input_size: Count, out_neurons: Count, sub_centres: Count = 1
    ):
        super().__init__()
        self.sub_centres = sub_centres
        weight = torch.empty(out_neurons * sub_centres, input_size)
        self.weight = torch.nn.Parameter(torch.nn.init.xavier_uniform_(weight))

    def forward(self, x):
        """Compare embeddings with the classes.

        Arguments
        ---------
        x : torch.Tensor
            Embeddings [..., D].

        Returns
        -------
        torch.Tensor
            Cosines [..., C].
        """
        return (
            cosines(x, self.weight)
            .unflatten(-1, (-1, self.sub_centres))
            .amax(dim=-1)
        )
