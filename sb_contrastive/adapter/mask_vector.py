"""Replaces masked frames before the student sees them."""

import torch

from sb_contrastive.adapter.masking import MASKED


class MaskVector(torch.nn.Module):
    """Replace the masked frames by a learned vector, or by other frames.

    Arguments
    ---------
    dim : int
        Size of a frame of the encoder.

    Example
    -------
    >>> source = torch.tensor([[-1, 1]])  # the first of two frames is masked
    >>> vector = MaskVector(dim=3)
    >>> frames = vector(torch.ones(1, 2, 3), source)
    >>> bool((frames[0, 0] == vector.vector).all()), frames[0, 1].tolist()
    (True, [1.0, 1.0, 1.0])
    """

    def __init__(self, dim):
        super().__init__()
        self.vector = torch.nn.Parameter(0.02 * torch.randn(dim))

    def forward(self, frames, source):
        """Replace the masked frames of a batch.

        Arguments
        ---------
        frames : torch.Tensor
            [B, T, D].
        source : torch.Tensor
            `source` of a `FrameMask` [B, T], on the same device.

        Returns
        -------
        torch.Tensor
            The input of the student [B, T, D].
        """
        index = source.clamp(min=0)[..., None].expand_as(frames)
        seen = frames.gather(1, index)
        hidden = (source == MASKED)[..., None]  # [B, T, 1]
        return torch.where(hidden, self.vector.to(frames.dtype), seen)
