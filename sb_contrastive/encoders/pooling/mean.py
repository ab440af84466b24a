"""The plain mean over time."""

import torch

from sb_contrastive.encoders.padding.valid_frames import valid_frames


class MeanPooling(torch.nn.Module):
    """Plain mean of the valid frames [B, T, D] -> [B, 1, D].

    Arguments
    ---------
    dim : int
        D, the size of a frame.

    Example
    -------
    >>> frames = torch.tensor([[[1.0], [3.0], [9.0]]])
    >>> MeanPooling(dim=1)(frames, torch.tensor([2 / 3]))
    tensor([[[2.]]])
    """

    def __init__(self, dim):
        super().__init__()
        self.output_dim = dim

    def forward(self, x, lengths=None):
        """Pool over time, in float32.

        Arguments
        ---------
        x : torch.Tensor
            Frames [B, T, D].
        lengths : torch.Tensor, optional
            Valid share of each row [B], in (0, 1]; all valid when absent.

        Returns
        -------
        torch.Tensor
            [B, 1, D].
        """
        x = x.float()
        if lengths is None:
            return x.mean(dim=1, keepdim=True)
        valid = valid_frames(lengths, x.shape[1])[..., None]  # [B, T, 1]
        total = x.masked_fill(~valid, 0.0).sum(dim=1, keepdim=True)
        return total / valid.sum(dim=1, keepdim=True)
