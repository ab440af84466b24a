"""The projection head of DINO, between the embedding and the loss."""

import torch

from sb_contrastive.encoders.heads.cosines import cosines
from sb_contrastive.ranges import Count, Several


class DINOHead(torch.nn.Module):
    """MLP, unit-length bottleneck, then cosines to K prototypes (Caron et al.
    2021; Cho et al. 2022 give sizes for speech).

    The head is thrown away after pretraining.

    Arguments
    ---------
    embedding_dim : int
        D, the size of the embedding.
    num_prototypes : int
        K, the number of outputs.
    hidden_dim : int
        Width of the two hidden layers.
    bottleneck_dim : int
        Size of the unit vector compared with the prototypes.
    batch_norm : bool
        Whether batch normalisation follows the hidden layers.

    Example
    -------
    >>> head = DINOHead(embedding_dim=16, num_prototypes=32, hidden_dim=8)
    >>> logits = head(torch.randn(4, 16))
    >>> logits.shape, bool((logits.abs() <= 1 + 1e-6).all())
    (torch.Size([4, 32]), True)
    """

    def __init__(
        self,
        embedding_dim: Count,
        num_prototypes: Several,
        hidden_dim: Count = 2048,
        bottleneck_dim: Count = 256,
        batch_norm=True,
    ):
        super().__init__()
        layers = []
        for inputs in (embedding_dim, hidden_dim):
            # A bias before batch normalisation would be subtracted again
            layers.append(
                torch.nn.Linear(inputs, hidden_dim, bias=not batch_norm)
            )
            if batch_norm:
                layers.append(torch.nn.BatchNorm1d(hidden_dim))
            layers.append(torch.nn.GELU())
        layers.append(torch.nn.Linear(hidden_dim, bottleneck_dim))
        self.mlp = torch.nn.Sequential(*layers)
        # Rows are normalised when used: weight normalisation whose gain is 1
        self.prototypes = torch.nn.Parameter(
            torch.empty(num_prototypes, bottleneck_dim)
        )
        # The start that the references give this layer alone, a Linear's own
        bound = bottleneck_dim**-0.5
        torch.nn.init.uniform_(self.prototypes, -bound, bound)
        for layer in self.mlp:
            if isinstance(layer, torch.nn.Linear):
                torch.nn.init.trunc_normal_(layer.weight, std=0.02)
                if layer.bias is not None:
                    torch.nn.init.zeros_(layer.bias)

    def forward(self, embeddings, with_layers=False):
        """Compute the cosines to the prototypes.

        Arguments
        ---------
        embeddings : torch.Tensor
            [N, D].
        with_layers : bool
            Whether the layers below are wanted too.

        Returns
        -------
        torch.Tensor
            [N, K], in [-1, 1]; with the layers a tuple of it, the last hidden
            layer [N, H], and the bottleneck, not scaled to unit length [N, P].
        """
        hidden = self.mlp[:-1](embeddings)
        z = self.mlp[-1](hidden).float()
        scores = cosines(z, self.prototypes)
        return (scores, hidden, z) if with_layers else scores
