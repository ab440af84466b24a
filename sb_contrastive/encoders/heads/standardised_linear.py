"""A linear classifier of standardised embeddings."""

import torch


class StandardisedLinear(torch.nn.Module):
    """Linear layer on standardised embeddings, W (x - mean) / deviation + b.

    Mean and deviation are those of a training part, or 0 and 1 where nobody has
    set them, and training changes neither.

    Arguments
    ---------
    inputs : int
        Size of the embeddings.
    outputs : int
        Number of classes.

    Example
    -------
    >>> classifier = StandardisedLinear(2, 3)
    >>> classifier(torch.randn(4, 2)).shape
    torch.Size([4, 3])
    >>> x = torch.randn(4, 2)
    >>> torch.allclose(classifier.folded()(x), classifier(x), atol=1e-5)
    True
    """

    def __init__(self, inputs, outputs):
        super().__init__()
        self.register_buffer("mean", torch.zeros(inputs))
        self.register_buffer("deviation", torch.ones(inputs))
        self.linear = torch.nn.Linear(inputs, outputs)

    def forward(self, x):
        """Compute logits.

        Arguments
        ---------
        x : torch.Tensor
            Embeddings [..., D].

        Returns
        -------
        torch.Tensor
            [..., C].
        """
        # In float32, since half precision would lose a small deviation
        return self.linear((x.float() - self.mean) / self.deviation)

    @torch.no_grad()
    def folded(self):
        """Return one linear layer that computes the same."""
        weight = self.linear.weight.double() / self.deviation
        bias = self.linear.bias.double() - weight @ self.mean.double()
        plain = torch.nn.Linear(*reversed(weight.shape))
        plain.load_state_dict({"weight": weight, "bias": bias})
        return plain
