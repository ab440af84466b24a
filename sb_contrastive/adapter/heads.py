"""Heads on the student's frames, one for each objective; they are thrown away after training."""

import torch
from torch.nn import functional as F

from sb_contrastive.ranges import Count, Positive, Several


def prediction_head(dim: Count, target_dim: Count | None = None):
    """Build f_r, which predicts masked frames: LN, Linear(D, D/2), GELU, Linear(D/2, D).

    Arguments
    ---------
    dim : int
        D, the width of the student.
    target_dim : int, optional
        Size of a target frame; D when absent.

    Returns
    -------
    torch.nn.Sequential
        [..., D] -> [..., target_dim].

    Example
    -------
    >>> prediction_head(8)(torch.randn(2, 5, 8)).shape
    torch.Size([2, 5, 8])
    """
    return torch.nn.Sequential(
        torch.nn.LayerNorm(dim),
        torch.nn.Linear(dim, dim // 2),
        torch.nn.GELU(),
        torch.nn.Linear(dim // 2, target_dim or dim),
    )


def distillation_head(dim: Count):
    """Build f_d, whose output is compared with the teacher: LN, Linear(D, D).

    Arguments
    ---------
    dim : int
        D, the width of student and teacher.

    Returns
    -------
    torch.nn.Sequential
        [..., D] -> [..., D].

    Example
    -------
    >>> distillation_head(8)(torch.randn(2, 5, 8)).shape
    torch.Size([2, 5, 8])
    """
    return torch.nn.Sequential(
        torch.nn.LayerNorm(dim), torch.nn.Linear(dim, dim)
    )


class AttributeHead(torch.nn.Module):
    """The head f_a, which names the local attribute of a frame: Linear(D, K).

    Arguments
    ---------
    dim : int
        D, the width of the student.
    num_attributes : int
        K, the number of local attributes.

    Example
    -------
    >>> AttributeHead(8, 4)(torch.randn(2, 5, 8)).shape
    torch.Size([2, 5, 4])
    """

    def __init__(self, dim: Count, num_attributes: Several):
        super().__init__()
        self.linear = torch.nn.Linear(dim, num_attributes)

    def forward(self, frames, centroids=None):
        """Return logits [..., K] of frames [..., D]; the centroids are not used."""
        return self.linear(frames)


class CosineAttributeHead(torch.nn.Module):
    """The head f_a as cosines between a projected frame and the centroids.

    It holds for any order of the clusters, where a classifier would have to
    learn their numbers.

    Arguments
    ---------
    dim : int
        D, the width of the student and of the centroids.
    temperature : float
        The divisor of the cosines.

    Example
    -------
    >>> head = CosineAttributeHead(8)
    >>> logits = head(torch.randn(2, 5, 8), torch.randn(4, 8))
    >>> logits.shape, bool((logits.abs() <= 10.001).all())
    (torch.Size([2, 5, 4]), True)
    """

    def __init__(self, dim: Count, temperature: Positive = 0.1):
        super().__init__()
        self.projection = torch.nn.Linear(dim, dim)
        self.temperature = temperature

    def forward(self, frames, centroids):
        """Compare frames with centroids.

        Arguments
        ---------
        frames : torch.Tensor
            [..., D].
        centroids : torch.Tensor
            [K, D].

        Returns
        -------
        torch.Tensor
            Logits [..., K], in [-1, 1] / temperature.
        """
        z = self.projection(frames).float()
        # The step of half precision near 1, divided by 0.1, is too coarse
        with torch.autocast(z.device.type, enabled=False):
            cosines = F.linear(
                F.normalize(z, dim=-1), F.normalize(centroids.float(), dim=-1)
            )
        return cosines / self.temperature
