"""A linear layer on batch-normalised embeddings."""

import torch


class NormedLinear(torch.nn.Sequential):
    """Batch normalisation, then a linear layer: for pooled statistics of a
    pretrained encoder, whose dimensions differ in size by orders of magnitude.

    Arguments
    ---------
    inputs : int
        Size of the embeddings.
    outputs : int
        Number of classes.

    Example
    -------
    >>> classifier = NormedLinear(2, 3)
    >>> classifier(torch.randn(4, 2)).shape
    torch.Size([4, 3])
    >>> x = torch.randn(4, 2)
    >>> same = classifier.eval().folded()(x)
    >>> torch.allclose(same, classifier(x), atol=1e-5)
    True
    """

    def __init__(self, inputs, outputs):
        super().__init__(
            torch.nn.BatchNorm1d(inputs), torch.nn.Linear(inputs, outputs)
        )

    @torch.no_grad()
    def folded(self):
        """Return one linear layer that computes the same in evaluation mode."""
        norm, linear = self
        deviation = (norm.running_var.double() + norm.eps).sqrt()
        scale = norm.weight.double() / deviation
        shift = norm.bias.double() - norm.running_mean.double() * scale
        weight = linear.weight.double()
        plain = torch.nn.Linear(linear.in_features, linear.out_features)
        bias = linear.bias.double() + weight @ shift
        plain.load_state_dict({"weight": weight * scale, "bias": bias})
        return plain
